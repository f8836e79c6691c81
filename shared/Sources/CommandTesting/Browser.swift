// Browser.swift - a headless Chromium that a test can press keys in.
//
// With --remote-debugging-pipe it reads commands from file 3 and writes answers to file 4: JSON with a zero byte after each
// (chromedevtools.github.io/devtools-protocol). The shell makes 3 and 4 of the input and output that `Process` can give it.

import Foundation
import XCTest

public final class Browser {
    private let process = Process(), commands = Pipe(), answers = Pipe(), profile: URL
    private var number = 0, session: String?, unread = Data()

    /// Opens a page. Skips the test where there is no Chromium.
    /// - Parameter width, height: of the window.
    public init(opening page: URL, width: Int = 1000, height: Int = 900) throws {
        let mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
        guard let program = findProgram("chromium", "chromium-browser", "google-chrome", mac) else {
            throw XCTSkip("no Chromium here; install it to test the page in a browser")
        }
        profile = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", #"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null"#, program,
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--window-size=\(width),\(height)",
                             "--user-data-dir=" + profile.path, "--remote-debugging-pipe", "about:blank"]
        (process.standardInput, process.standardOutput) = (commands, answers)
        try process.run()
        // A browser that hangs ends the wait for its answer.
        DispatchQueue.global().asyncAfter(deadline: .now() + 300) { [process] in process.terminate() }
        let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"] as? String ?? ""
        session = try call("Target.attachToTarget", ["targetId": target, "flatten": true])["sessionId"] as? String
        // Windows have a smallest width, phones are smaller.
        try call("Emulation.setDeviceMetricsOverride", ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600])
        try call("Page.navigate", ["url": page.absoluteString])
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: profile)
    }

    @discardableResult
    public func call(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        number += 1
        var command: [String: Any] = ["id": number, "method": method, "params": parameters]
        command["sessionId"] = session
        try commands.fileHandleForWriting.write(contentsOf: JSONSerialization.data(withJSONObject: command) + [0])
        while true {
            while let end = unread.firstIndex(of: 0) {
                let message = try JSONSerialization.jsonObject(with: unread[..<end]) as? [String: Any] ?? [:]
                unread = Data(unread[(end + 1)...])
                guard message["id"] as? Int == number else { continue }   // an event, of which there are many
                return try XCTUnwrap(message["result"] as? [String: Any], "\(method): \(message["error"] ?? "")")
            }
            let more = answers.fileHandleForReading.availableData
            guard !more.isEmpty else {
                throw XCTestError(.failureWhileWaiting, userInfo: [NSLocalizedDescriptionKey: "Chromium has ended"])
            }
            unread += more
        }
    }

    /// The value of a line of JavaScript as text.
    public func value(_ script: String) throws -> String {
        let result = try call("Runtime.evaluate", ["expression": "String(\(script))", "awaitPromise": true])["result"] as? [String: Any]
        return result?["value"] as? String ?? ""
    }

    public func keyDown(_ key: String, _ code: Int) throws { try call("Input.dispatchKeyEvent", event("rawKeyDown", key, code)) }
    public func keyUp(_ key: String, _ code: Int) throws { try call("Input.dispatchKeyEvent", event("keyUp", key, code)) }
    public func press(_ key: String, _ code: Int) throws { try keyDown(key, code); try keyUp(key, code) }
    private func event(_ type: String, _ key: String, _ code: Int) -> [String: Any] {
        ["type": type, "key": key, "windowsVirtualKeyCode": code]
    }

    /// A click in the middle of what a selector finds.
    public func click(_ selector: String) throws {
        let place = try middle(of: selector)
        for type in ["mousePressed", "mouseReleased"] {
            try call("Input.dispatchMouseEvent", ["type": type, "x": place[0], "y": place[1], "button": "left", "clickCount": 1])
        }
    }

    /// A finger in the middle of what a selector finds, down and up again.
    public func tap(_ selector: String) throws {
        let place = try middle(of: selector)
        try call("Input.dispatchTouchEvent", ["type": "touchStart", "touchPoints": [["x": place[0], "y": place[1]]]])
        try call("Input.dispatchTouchEvent", ["type": "touchEnd", "touchPoints": [[String: Any]]()])
    }

    private func middle(of selector: String) throws -> [Double] {
        try value("(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector('\(selector)').getBoundingClientRect())")
            .split(separator: ",").compactMap { Double($0) }
    }

    /// The page as PNG: what is in the window, or all of it.
    public func screenshot(whole: Bool = false) throws -> Data {
        try XCTUnwrap(Data(base64Encoded: try call("Page.captureScreenshot", ["captureBeyondViewport": whole])["data"] as? String ?? ""))
    }
}

/// A program of the system, or nil where it is not installed.
public func findProgram(_ names: String...) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return names.flatMap { name in name.hasPrefix("/") ? [name] : folders.map { "\($0)/\(name)" } }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// Waits; fails when it takes too long.
public func waitUntil(_ what: String, seconds: Double = 60, _ condition: () throws -> Bool) throws {
    let end = Date() + seconds
    while try !condition() {
        guard Date() < end else {
            throw XCTestError(.timeoutWhileWaiting, userInfo: [NSLocalizedDescriptionKey: "waited in vain until \(what)"])
        }
        usleep(20_000)
    }
}
