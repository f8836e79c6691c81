// SessionTests.swift - do keys, plans, starts and the simulator do what they say, and is a dream the same when it is dreamed
// again?

import CommandTesting
import Recording
import WorldModels
import Pictures
import Playing
import Training
import XCTest

final class SessionTests: XCTestCase {
    private func drive(_ session: Session, _ names: String...) -> [Image] {
        names.map { name in
            session.step(Sample.command(name))
            return session.moment.picture
        }
    }

    func testTheSameKeysGiveTheSameFramesAndOthersGiveOthers() throws {
        let session = try Sample.session()
        let first = drive(session, "turn left", "forward", "forward")
        XCTAssertEqual(session.moment.number, 3)
        XCTAssertEqual(Set([first[0].pixels, first[1].pixels, first[2].pixels]).count, 3)
        session.restart()
        XCTAssertEqual(session.moment.number, 0)
        XCTAssertEqual(session.moment.picture, Sample.episodes.episodes[0].image(5))     // the last frame that was shown
        XCTAssertEqual(drive(session, "turn left", "forward", "forward"), first)
        session.restart()
        XCTAssertNotEqual(drive(session, "turn right")[0], first[0])
        session.begin(at: try Start(episode: 1, at: 2, in: Sample.episodes, for: Sample.world))
        XCTAssertNotEqual(drive(session, "turn left")[0], first[0])
        XCTAssertTrue(session.start.name.contains("episode 1"))
    }

    func testConfidencesAndOrderArePaintedOverTheFrame() throws {
        let session = try Sample.session()
        XCTAssertEqual(session.moment.picture(with: .confidence), session.moment.picture, "a real frame is beyond doubt")
        session.step(Sample.command("stop"))
        let moment = session.moment
        XCTAssertEqual(moment.confidences.count, 64)
        XCTAssertTrue(moment.confidences.allSatisfy { (0 ... 1).contains($0) })
        XCTAssertEqual(Set(moment.filledAt), [0, 1])
        XCTAssertEqual(moment.picture(with: .none), moment.picture)
        XCTAssertNotEqual(moment.picture(with: .confidence), moment.picture)
        // A token of the first decoding step is left as it is, one of the last is tinted.
        let painted = moment.picture(with: .order)
        for (step, isSame) in [(0, true), (1, false)] {
            let token = try XCTUnwrap(moment.filledAt.firstIndex(of: step))
            let (x, y) = (token % 8 * 8 + 4, token / 8 * 8 + 4)
            XCTAssertEqual(painted[x, y] == moment.picture[x, y], isSame)
        }
    }

    /// Driven as the robot went, the simulator shows what was recorded; driven another way, something else.
    func testTheSimulatorGoesOnWhereTheRecordingWas() throws {
        let file = Sample.episodes.episodes[0]
        var simulator = try XCTUnwrap(Simulator(replaying: file, to: 5))
        for t in 5 ..< file.frameCount - 1 {
            XCTAssertEqual(simulator.picture, file.image(t))
            XCTAssertEqual(simulator.step(file.actionNames[file.actions![t]]), true)
        }
        XCTAssertEqual(simulator.picture, file.image(file.frameCount - 1))
        XCTAssertNil(simulator.step("fly"))

        let session = try Sample.session()
        XCTAssertEqual(session.moment.simulated, file.image(5))
        session.step(Sample.command("turn left"))
        let left = session.moment.simulated
        session.restart()
        session.step(Sample.command("turn right"))
        XCTAssertNotEqual(left, session.moment.simulated)

        var other = Sample.recorder.episode(0, of: .validation)
        other.metadata["room"] = "6"
        let url = try makeTemporaryFolder().appendingPathComponent("other.safetensors")
        try other.write(to: url)
        XCTAssertNil(Simulator(replaying: try .init(contentsOf: url), to: 5), "a picture that is not the recorded one is no proof")

        var renamed = Sample.recorder.episode(0, of: .validation)
        renamed.metadata["action_names"] = "code 0,code 1,code 2,code 3,code 4"
        try renamed.write(to: url)
        XCTAssertNil(Simulator(replaying: try .init(contentsOf: url), to: 0), "codes are not the robot's actions")
    }

    func testAnyPictureIsAStart() throws {
        var picture = Image(width: 300, height: 100, color: .black)
        picture.fill(x: 100, y: 0, width: 100, height: 100, Color(200, 40, 40))           // the square in the middle
        let start = Start(picture: picture, name: "red.png", for: Sample.world)
        XCTAssertEqual(start.pictures, [Image(width: 64, height: 64, color: Color(200, 40, 40))])
        XCTAssertEqual(start.frames.shape, [1, 1, 64, 64, 3])
        let session = Session(Sample.world, from: start, Sampling(steps: 1), seed: 1)
        session.step(Sample.command("forward"))
        XCTAssertNil(session.moment.simulated)
        XCTAssertEqual(session.moment.number, 1)
    }

    func testStartsThatAreNone() {
        for (episode, first, words) in [(2, 0, "--episode is 0 to 1"), (0, 9, "--start is 0 to 8"), (0, -1, "--start is 0 to 8")] {
            XCTAssertThrowsError(try Start(episode: episode, at: first, in: Sample.episodes, for: Sample.world)) {
                XCTAssertTrue("\($0)".contains(words), "\($0)")
            }
        }
    }
}

final class WordsAndKeysTests: XCTestCase {
    private let robot = Sample.world.commands
    private func names(_ text: String, _ commands: [WorldModels.Command]? = nil) throws -> [String] {
        try ActionList.parse(text, commands ?? robot).map(\.name)
    }

    func testListsOfActions() throws {
        XCTAssertEqual(try names("left*2, Forward,r"), ["turn left", "turn left", "forward", "turn right"])
        XCTAssertEqual(try names("turn right,stop,b*1,s"), ["turn right", "stop", "backward", "stop"])
        let codes = [0, 1, 10].map { WorldModels.Command(name: "code \($0)", action: $0) }
        XCTAssertEqual(try names("1,code 0,10*2", codes), ["code 1", "code 0", "code 10", "code 10"])
        for (text, words) in [
            ("turn", "could be turn left, turn right"), ("fly", "no action is called 'fly'; this model has stop"), ("", "no action"),
                              ("left,,stop", "no action"), ("left*0", "how often"), ("left*x", "how often"), ("left*2*2", "how often"),
                              ("left*99999999999999999999", "how often"), ("left*1000,stop", "more than 1000")] {
            XCTAssertThrowsError(try names(text), text) { XCTAssertTrue("\($0)".contains(words), "\($0)") }
        }
    }

    func testKeysOfATerminal() {
        var bytes = Array("\u{1B}[D \u{1B}OAq\u{1B}[1;5C\u{1B}[3~x\u{03}é\u{1B}".utf8)
        XCTAssertEqual(Keys.take(from: &bytes), ["ArrowLeft", " ", "ArrowUp", "q", "ArrowRight", "x", "q"])
        XCTAssertEqual(bytes, [27], "perhaps the beginning of an arrow")
        bytes += Array("[".utf8)
        XCTAssertEqual(Keys.take(from: &bytes), [])
        bytes += Array("B".utf8)
        XCTAssertEqual(Keys.take(from: &bytes), ["ArrowDown"])
        bytes = Array("\u{1B}r".utf8)
        XCTAssertEqual(Keys.take(from: &bytes), ["r"])
    }

    func testEachCommandHasItsKey() {
        XCTAssertEqual(Keys.keys(for: robot), [" ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"])
        let codes = (0 ..< 10).map { WorldModels.Command(name: "code \($0)", action: $0) }
        XCTAssertEqual(Keys.keys(for: codes), (1 ... 9).map { "\($0)" } + [nil])
    }

    func testTwoRowsOfPixelsAreALine() {
        var image = Image(width: 2, height: 3, color: Color(1, 2, 3))
        image[1, 1] = Color(4, 5, 6)
        XCTAssertEqual(image.halfBlocks(), [
            "\u{1B}[38;2;1;2;3m\u{1B}[48;2;1;2;3m▀\u{1B}[48;2;4;5;6m▀\u{1B}[0m",
            "\u{1B}[38;2;1;2;3m\u{1B}[48;2;0;0;0m▀▀\u{1B}[0m",
        ])
    }
}
