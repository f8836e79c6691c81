// BrowserTests.swift - the whole way: a key in a browser, an imagined frame on its screen.
//
// With WORKBOOK_SCREENSHOTS set to a folder, what the browser shows is written there, to be looked at.

import CommandTesting
import Foundation
import Pictures
import XCTest

final class BrowserTests: XCTestCase {
    private let left = ("ArrowLeft", 37), up = ("ArrowUp", 38), right = ("ArrowRight", 39)

    func testKeysChangeThePicture() throws {
        let program = try StartedCommand(["play", "--data", "data", "--start", "2", "--sampling-steps", "2", "--web", "--port", "0"])
        let browser = try Browser(opening: try program.address())
        func text(_ id: String) throws -> String { try browser.value("document.getElementById('\(id)')?.textContent") }
        func source(_ id: String) throws -> String { try browser.value("document.getElementById('\(id)').src") }
        func wait(for number: Int) throws {
            try waitUntil("frame \(number) is shown") { try text("number") == "\(number)" && !(try source("dream")).isEmpty }
        }
        func step(_ key: (String, Int), to number: Int) throws -> (dream: String, simulated: String) {
            try browser.press(key.0, key.1)
            try wait(for: number)
            return (try source("dream"), try source("simulated"))
        }
        func restart() throws {
            try browser.press("r", 82)
            try wait(for: 0)
        }

        try wait(for: 0)
        XCTAssertEqual(try text("left"), "real: episode 0, frames 2 to 5")
        XCTAssertTrue(try text("seen").contains("4 real frames"))
        let start = try source("dream")
        try save(try browser.screenshot(), "page-start")

        let turned = try step(left, to: 1)
        XCTAssertNotEqual(turned.dream, start)
        XCTAssertEqual(try text("action"), "turn left")
        let drawn = try browser.value("(i => i.naturalWidth + ' ' + i.naturalHeight + ' ' + i.complete)(document.getElementById('dream'))")
        XCTAssertEqual(drawn, "64 64 true")
        try restart()
        XCTAssertEqual(try source("dream"), start)
        let other = try step(right, to: 1)
        XCTAssertNotEqual(other.dream, turned.dream)
        XCTAssertNotEqual(other.simulated, turned.simulated)
        try restart()
        let again = try step(left, to: 1)
        XCTAssertTrue(again == turned, "the same key from the same start gives the same frame")

        // Buttons, and overlays that need no new frame.
        try browser.click("#pad button:nth-child(4)")
        try wait(for: 2)
        XCTAssertEqual(try text("action"), "forward")
        let plain = try source("dream")
        try browser.press("c", 67)
        XCTAssertEqual(try text("caption"), "blue: unsure")
        XCTAssertNotEqual(try source("dream"), plain)
        try save(try browser.screenshot(), "page-confidence")
        try browser.click("#beside")
        XCTAssertEqual(try browser.value("document.getElementById('simulated').offsetParent === null"), "true")

        // A key that is held goes on, and stops when it is let go.
        try browser.keyDown(up.0, up.1)
        try waitUntil("the held key has made frames") { Int(try text("number"))! >= 5 }
        try browser.keyUp(up.0, up.1)
        // The frame that was being imagined still comes, on a busy machine after a while. Then nothing does for a second and a half.
        var stopped = "", same = 0
        try waitUntil("no more frames come") {
            let number = try text("number")
            same = number == stopped ? same + 1 : 0
            stopped = number
            usleep(250_000)
            return same == 6
        }

        // Another episode; and what the page says when the server has gone.
        _ = try browser.value("(e => { e.value = 1; e.onchange() })(document.getElementById('episode'))")
        try waitUntil("episode 1 begins") { try text("left").contains("episode 1") }
        program.kill()
        try browser.press(left.0, left.1)
        try waitUntil("the page says that nobody answers") { try text("trouble").contains("no answer") }
        XCTAssertEqual(try text("number"), "0")
    }

    /// Two worlds on a phone, driven by touch.
    func testAFingerDrivesTwoWorlds() throws {
        let program = try StartedCommand(["play", "--data", "data", "--start", "2", "--sampling-steps", "2", "--web", "--port", "0"])
        let browser = try Browser(opening: try program.address(), width: 360, height: 740)
        try browser.call("Emulation.setTouchEmulationEnabled", ["enabled": true])
        func text(_ id: String) throws -> String { try browser.value("document.getElementById('\(id)')?.textContent") }
        try waitUntil("the page is there") { try text("number") == "0" && text("left").contains("episode 0") }
        XCTAssertEqual(try browser.value("document.getElementById('second').hidden"), "true")
        _ = try browser.value("(e => { e.value = 'second'; e.onchange() })(document.getElementById('other'))")
        try waitUntil("the other world is shown") { try text("left2").contains("real") }
        for number in 1 ... 2 {
            try browser.tap("#pad button:nth-child(2)")
            try waitUntil("frame \(number) is shown") { try text("number") == "\(number)" }
        }
        XCTAssertEqual(try text("action"), "turn left")
        XCTAssertEqual([try text("left"), try text("left2")], ["imagined by default", "imagined by second"])
        XCTAssertNotEqual(
            try browser.value("document.getElementById('dream').src"), try browser.value("document.getElementById('dream2').src"))
        XCTAssertEqual(try browser.value("document.documentElement.scrollWidth"), "360", "nothing hangs out")
        let bottom = try browser.value("Math.ceil(document.getElementById('pad').getBoundingClientRect().bottom)")
        XCTAssertLessThanOrEqual(Int(bottom)!, 740, "pictures and pad are on the screen together")
        try save(try browser.screenshot(), "page-phone")

        // The first world may be exchanged; and both may be asked for a third that is not there.
        _ = try browser.value("(e => { e.value = 'second'; e.onchange() })(document.getElementById('run'))")
        try waitUntil("only the second is shown") {
            try browser.value("document.getElementById('second').hidden") == "true" && text("number") == "0"
        }
        XCTAssertEqual(try text("trouble"), "")
    }

    private func save(_ png: Data, _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["WORKBOOK_SCREENSHOTS"] else { return }
        try png.write(to: URL(fileURLWithPath: folder).appendingPathComponent(name + ".png"))
    }
}
