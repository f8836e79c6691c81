// SurfaceEpisodesTests.swift - `episodes surfaces`: three episodes for one, which show what the simulator knows.

import CommandTesting
import Episodes
import Foundation
import JetBot
import Recording
import XCTest

final class SurfaceEpisodesTests: CommandTestCase {
    func testPaintedIsWhatTheSimulatorKnows() throws {
        try succeed([
            "episodes", "record", "--data", "data", "--rooms", "1", "--episodes", "2", "--validation-episodes", "1", "--frames", "12",
            "--size", "24",
        ])
        try succeed(["episodes", "surfaces", "--data", "data", "--output", "painted"])
        let painted = try EpisodeSet(file("painted"), .train), seen = try EpisodeSet(file("data"), .train)
        XCTAssertEqual(painted.episodes.map { $0.url.lastPathComponent }, [
            "0000-color.safetensors", "0000-depth.safetensors", "0000-normals.safetensors", "0001-color.safetensors",
            "0001-depth.safetensors", "0001-normals.safetensors",
        ])
        XCTAssertTrue(EpisodeSet.exists(file("painted"), .unseenRooms))
        XCTAssertEqual(Array(painted.episodes[0].frames), Array(seen.episodes[0].frames))
        let surfaces = try XCTUnwrap(seen.episodes[0].surfaces())
        let read = Surfaces.depth(painted: painted.episodes[1].image(11).pixels.map { Float($0) / 255 })
        for (meters, truth) in zip(read, surfaces[11].depth) { XCTAssertEqual(meters / min(Surfaces.white, truth), 1, accuracy: 0.02) }
        let normals = Surfaces.normals(painted: painted.episodes[2].image(11).pixels.map { Float($0) / 255 })
        for (normal, truth) in zip(normals, surfaces[11].normals) { XCTAssertGreaterThan((normal * truth).sum(), 0.99) }
        // Painted frames are no camera's.
        XCTAssertNil(painted.episodes[1].surfaces())
    }

    func testOfAnotherCamerasEpisodesNobodyKnowsTheShapes() throws {
        try succeed([
            "episodes", "record", "--data", "data", "--rooms", "1", "--episodes", "1", "--validation-episodes", "1", "--frames", "8",
            "--size", "16",
        ])
        let place = file("data/train/0000.safetensors")
        var episode = try Episode(contentsOf: place)
        episode.metadata["source"] = "import"
        try episode.write(to: place)
        try refuse(
            ["episodes", "surfaces", "--data", "data", "--output", "painted"], "data/train/0000.safetensors", "`episodes record`")
        XCTAssertFalse(FileManager.default.fileExists(atPath: file("painted").path))
        // Nor where other actions are said to have been done: the first picture is right and the last is not.
        episode.metadata["source"] = "jetbot"
        try episode.write(to: place)
        XCTAssertNotNil(try EpisodeSet(file("data"), .train).episodes[0].surfaces())
        episode.actions = episode.actions!.map { $0 == Action.turnLeft.rawValue ? Action.turnRight.rawValue : Action.turnLeft.rawValue }
        try episode.write(to: place)
        XCTAssertNil(try EpisodeSet(file("data"), .train).episodes[0].surfaces())
        try refuse(["episodes", "surfaces", "--data", "data", "--output", "data"], "data")
        XCTAssertTrue(EpisodeSet.exists(file("data"), .train), "nothing that was there is lost")
    }
}
