// ClipTests.swift - are clips what they claim to be, the same from the same seed, and quick to get?

import CommandTesting
import XCTest
import Randomness
@testable import Episodes

final class ClipTests: FolderTestCase {
    /// Episodes of 10, 4, 7 and 2 frames.
    func makeSet(actions: Bool = true) throws -> EpisodeSet {
        let train = try makeFolder("train")
        for (number, T) in [10, 4, 7, 2].enumerated() {
            try sampleEpisode(number, frames: T, actions: actions).write(to: train.appendingPathComponent("\(number).safetensors"))
        }
        return try EpisodeSet(folder, .train)
    }

    func testClipsNeverCrossEpisodes() throws {
        let set = try makeSet()
        for stride in 1 ... 3 {
            var sampler = try ClipSampler(set, length: 3, stride: stride, seed: 1)
            var seen: Set<[Int]> = []
            for _ in 0 ..< 30 {
                let clips = sampler.next(batch: 8)
                XCTAssertEqual(clips.frames.shape, [8, 3, 3, 4, 3])
                let values = clips.frames.values
                for (b, place) in clips.places.enumerated() {
                    seen.insert([place.episode, place.start])
                    for t in 0 ..< 3 {
                        // The first two bytes of a frame are its number and that of its episode.
                        let first = (b * 3 + t) * 36
                        XCTAssertEqual((values[first] * 255).rounded(), Float(place.start + t * stride))
                        XCTAssertEqual((values[first + 1] * 255).rounded(), Float(place.episode))
                    }
                }
            }
            XCTAssertEqual(seen.count, sampler.clipCount, "240 draws should meet each of the few clips")
        }
    }

    func testFramesActionsAndTruthBelongTogether() throws {
        let set = try makeSet()
        let clips = set.clips(at: [.init(episode: 2, start: 3), .init(episode: 0, start: 0)], length: 4)
        XCTAssertEqual(clips.actions, [3, 4, 0, 0, 1, 2])
        XCTAssertEqual(clips.reward?.map { ($0 * 10).rounded() }, [0, 6, 5, 0, 0, 9, 8, 0])
        XCTAssertEqual(clips.bearing?.map(\.isNaN), [true, false, false, true, true, false, false, true])
        XCTAssertEqual(clips.distance?[1], 4)
        let bytes = set.bytes(at: clips.places, length: 4)
        XCTAssertEqual(bytes.map { Float($0) / 255 }, clips.frames.values)
        XCTAssertEqual(clips.frames.values.max(), 1, "255 becomes exactly 1")
        XCTAssertNil(set.clips(at: [.init(episode: 0, start: 0)], length: 4, stride: 2).actions)
        XCTAssertEqual(set.clips(at: [.init(episode: 0, start: 0)], length: 3, stride: 2).distance?.dropFirst(), [2, 4])
    }

    func testUnknownActionsAreNil() throws {
        XCTAssertNil(try makeSet(actions: false).clips(at: [.init(episode: 0, start: 0)], length: 4).actions)
    }

    func testTheSameSeedDrawsTheSameAndTheStateResumes() throws {
        let set = try makeSet()
        var a = try ClipSampler(set, length: 2, seed: 7), b = try ClipSampler(set, length: 2, seed: 7)
        XCTAssertEqual(a.nextPlaces(20), b.nextPlaces(20))
        let state = a.generator.state
        let next = a.nextBytes(batch: 5)
        b = try ClipSampler(set, length: 2, seed: 99)
        b.generator.state = state
        XCTAssertEqual(b.nextBytes(batch: 5), next)
        XCTAssertNotEqual(a.nextBytes(batch: 5), next)
    }

    func testValidationClipsAreOrderedAndDoNotOverlap() throws {
        let set = try makeSet()
        XCTAssertEqual(set.places(length: 3), [(0, 0), (0, 3), (0, 6), (1, 0), (2, 0), (2, 3)].map(ClipPlace.init))
        XCTAssertEqual(set.places(length: 3, stride: 2), [(0, 0), (0, 5), (2, 0)].map(ClipPlace.init))
        let batches = Array(set.clips(length: 3, batch: 4))
        XCTAssertEqual(batches.map { $0.frames.shape[0] }, [4, 2])
        XCTAssertEqual(batches.flatMap(\.places), set.places(length: 3))
    }

    func testClipsLongerThanEveryEpisodeAreAnError() throws {
        let set = try makeSet()
        assertThrows("a clip takes 11 frames, the longest episode has 10") { _ = try ClipSampler(set, length: 11, seed: 0) }
        XCTAssertEqual(try ClipSampler(set, length: 10, seed: 0).clipCount, 1)
    }

    /// Design: at least 20,000 frames of 64x64 a second.
    func testSpeed() throws {
        let train = try makeFolder("train")
        for number in 0 ..< 20 {
            try sampleEpisode(number, frames: 64, width: 64, height: 64).write(to: train.appendingPathComponent("\(number).safetensors"))
        }
        var sampler = try ClipSampler(EpisodeSet(folder, .train), length: 8, seed: 1)
        _ = sampler.next(batch: 8)
        let start = clock()         // of the processor: others may be busy
        for _ in 0 ..< 100 { _ = sampler.next(batch: 8) }
        let rate = 6400 * Double(CLOCKS_PER_SEC) / Double(clock() - start)
        print("sampler: \(Int(rate)) frames/s")
        XCTAssertGreaterThan(rate, 20_000)
    }
}
