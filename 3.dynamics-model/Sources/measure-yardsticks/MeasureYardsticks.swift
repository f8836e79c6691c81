// MeasureYardsticks.swift - which mistake does which yardstick see?
//
// No model is asked here. The true frames themselves are spoiled in a way that we know: moved by a pixel, blurred, robbed of their Kong, or
// those of another room. A yardstick that prefers the blur to the shift will choose models that draw fog.

import ArgumentParser
import Episodes
import Files
import Foundation
import FrameCoding
import JetBot
import Pictures
import SafeTensors
import Tensors
import Training
import WorldModels
import Yardsticks

@main
struct MeasureYardsticks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure-yardsticks", abstract: "Spoil true frames in known ways, and see in which order each yardstick puts them.")

    @Option(help: "The folder of recorded episodes.") var data = "data/default"
    @OptionGroup var yardsticks: YardstickOptions
    @Option(help: "Where yardsticks.json and yardsticks.png go.") var output = "yardsticks"

    func run() throws {
        let folder = URL(fileURLWithPath: data), clips = try yardsticks.open(folder, .validation, for: []), truth = clips.future
        let eye = try yardsticks.openEye(for: truth.size(2))
        let others = EpisodeSet.exists(folder, .unseenRooms) ? try yardsticks.open(folder, .unseenRooms, for: []) : nil
        var spoiled: [(name: String, frames: Tensor)] = [
            ("as it is", truth), ("shifted by 1 pixel", shifted(truth, by: 1)), ("shifted by 2 pixels", shifted(truth, by: 2)),
            ("blurred, 3x3", blurred(truth)),
            ("blurred, 3x3, twice", blurred(blurred(truth))),
        ]
        if let without = withoutKong(clips) { spoiled.append(("without its Kong", without)) }
        if let others, others.count >= clips.count { spoiled.append(("another room", others.future.sliced(axis: 0, 0 ..< clips.count))) }
        spoiled.append(
            (
                "the last frame seen",
                .concatenated(Array(repeating: clips.frames.sliced(axis: 1, 3 ..< 4), count: TrueClips.horizon), axis: 1)
            ))

        let place = URL(fileURLWithPath: output)
        try makeFolder(place, remedy: "name another with --output")
        var table: [String: [String: Double]] = [:]
        print("                        PSNR, dB   sharpness   Frechet   Kong within 10 degrees")
        for (name, frames) in spoiled {
            let errors = squaredErrors(frames, truth).map(psnr)
            let values = [
                "psnr_db": errors.reduce(0, +) / Double(errors.count), "sharpness": sharpness(frames, of: truth),
                "frechet_distance": eye.map { frechetDistance(frames, truth, in: $0) } ?? .nan,
                "kong_bearing_within_10_degrees": clips.kongs(frames).share
            ]
            table[name] = values.filter { $0.value.isFinite }
            print(
                name.padding(toLength: 22, withPad: " ", startingAt: 0)
                    + String(
                        format: "%10.2f%12.3f%10.3f%12.3f", values["psnr_db"]!, values["sharpness"]!, values["frechet_distance"]!,
                        values["kong_bearing_within_10_degrees"]!))
        }
        let pictures = spoiled.map { spoiled in
            [6, 250, 400].map { Image(spoiled.frames, frame: min($0, clips.count * TrueClips.horizon - 1)) }
        }
        try Image.sheet(rows: pictures, title: "true frames, spoiled", rowLabels: spoiled.map(\.name), scale: 2).writePNG(
            to: place.appendingPathComponent("yardsticks.png"))
        try writeAtomically(Data((json(table) + "\n").utf8), to: place.appendingPathComponent("yardsticks.json"))
        print("\(place.relativePath)/ yardsticks.json, yardsticks.png")
    }

    /// Everything moved to the right; the left edge is repeated.
    private func shifted(_ frames: Tensor, by pixels: Int) -> Tensor { rearranged(frames) { x, y, at in at(max(0, x - pixels), y) } }

    private func blurred(_ frames: Tensor) -> Tensor {
        rearranged(frames) { x, y, at in
            var sum = SIMD3<Float>.zero
            for dy in -1 ... 1 { for dx in -1 ... 1 { sum += at(x + dx, y + dy) } }
            return sum / 9
        }
    }

    /// Each pixel from those of the same frame; what lies outside is what lies at the edge.
    private func rearranged(_ frames: Tensor, _ pixel: (Int, Int, (Int, Int) -> SIMD3<Float>) -> SIMD3<Float>) -> Tensor {
        let result = Tensor(uninitialized: frames.shape), (height, width) = (frames.size(-3), frames.size(-2)), size = height * width * 3
        for frame in 0 ..< frames.count / size {
            let source = frames.pointer + frame * size, target = result.pointer + frame * size
            func at(_ x: Int, _ y: Int) -> SIMD3<Float> {
                let i = (max(0, min(height - 1, y)) * width + max(0, min(width - 1, x))) * 3
                return SIMD3(source[i], source[i + 1], source[i + 2])
            }
            for y in 0 ..< height {
                for x in 0 ..< width {
                    let color = pixel(x, y, at)
                    for channel in 0 ..< 3 { target[(y * width + x) * 3 + channel] = color[channel] }
                }
            }
        }
        return result
    }

    /// The same frames with the Kong taken out of the room; nil for episodes that the simulator cannot replay.
    private func withoutKong(_ clips: TrueClips) -> Tensor? {
        let camera = Camera(width: clips.frames.size(3), height: clips.frames.size(2))
        var frames: [Float] = []
        for place in clips.places {
            guard let worlds = clips.worlds(from: place) else { return nil }
            for var world in worlds.suffix(TrueClips.horizon) {
                world.kong = SIMD2(-1000, -1000)
                frames += camera.pixels(of: world).map { Float($0) / 255 }
            }
        }
        return Tensor(frames, shape: clips.future.shape)
    }
}
