// DynamicsPictures.swift - imagination, looked at.

import DynamicsModel
import Episodes
import Foundation
import Pictures
import Randomness
import Tensors
import Training

/// PSNR over the horizon: the imagined frames between the copy of the last and the tokenizer's ceiling.
func horizonChart(_ rollouts: Rollouts) -> Image {
    func curve(_ name: String, _ psnrs: [[Double]]) -> LineChart.Series {
        .init(name, psnrs.enumerated().map { (Double($0 + 1), $1.reduce(0, +) / Double(max(1, $1.count))) })
    }
    return LineChart(
        title: "imagined from four frames", xLabel: "frames ahead", yLabel: "PSNR, dB, all frames",
        series: [curve("tokenizer alone", rollouts.ceilingPSNR), curve("imagined", rollouts.imaginedPSNR),
                 curve("with another clip's actions", rollouts.shuffledPSNR), curve("copy of the last frame", rollouts.copyPSNR)]).image
}

/// Clips of the sheets: those in which most happens, no two neighbors.
private func chosen(_ rollouts: Rollouts, _ count: Int) -> [Int] {
    let movement = rollouts.moves[0].indices.map { b in rollouts.moves.filter { $0[b] }.count }
    return movement.indices.sorted { (movement[$0], $1) > (movement[$1], $0) }.reduce(into: [Int]()) { chosen, b in
        if chosen.count < count, !chosen.contains(where: { abs($0 - b) < 4 }) { chosen.append(b) }
    }
}

private let shownSteps = [0, 1, 2, 3, 5, 7, 9, 11]
private func label(_ t: Int) -> String { "+\(t + 1)" }

/// Three clips, what came over what was imagined.
func rolloutSheet(_ rollouts: Rollouts) -> Image {
    let c = Rollouts.context, length = c + Rollouts.horizon
    let rows = chosen(rollouts, 3).flatMap { b -> [[Image]] in
        let last = Image(rollouts.truth, frame: b * length + c - 1)
        return [[last] + shownSteps.map { Image(rollouts.truth, frame: b * length + c + $0) },
                [last] + shownSteps.map { Image(rollouts.imagined, frame: b * Rollouts.horizon + $0) }]
    }
    return Image.sheet(rows: rows, title: "what came, and what was imagined", rowLabels: rows.indices.map { $0 % 2 == 0 ? "real" : "imagined" },
                       columnLabels: ["last seen"] + shownSteps.map(label), scale: 2)
}

/// Where imagination and reality part: their difference, bright where it is large.
func divergenceSheet(_ rollouts: Rollouts) -> Image {
    let c = Rollouts.context, length = c + Rollouts.horizon
    let rows = chosen(rollouts, 3).map { b in
        shownSteps.map { t -> Image in
            let a = Image(rollouts.truth, frame: b * length + c + t).pixels, i = Image(rollouts.imagined, frame: b * Rollouts.horizon + t)
            return Image(width: i.width, height: i.height, pixels: zip(a, i.pixels).map { UInt8(min(255, 2 * abs(Int($0) - Int($1)))) })
        }
    }
    return Image.sheet(rows: rows, title: "imagined minus real, twice as bright", columnLabels: shownSteps.map(label), scale: 2)
}

/// The order in which the tokens of a frame were filled in: for each decoding step what is there, the rest gray.
func orderSheet(_ world: WorldModel, _ episodes: EpisodeSet, _ sampling: Sampling) -> Image {
    let side = world.dynamics.configuration.side, patch = world.imageSize / side
    let rows = [0, 1, 2].map { row -> [Image] in
        let episode = row * episodes.episodes.count / 3
        let start = episodes.clips(at: [ClipPlace(episode: episode, start: 0)], length: 1).frames
        var dream = world.dream(from: start, actions: []), generator = SeededGenerator(seed: 5)
        let action = world.commands.indices.contains(row + 1) ? world.commands[row + 1].action : 0
        let frame = Image(dream.step([action], sampling, using: &generator), frame: 0)
        return [Image(start, frame: 0)] + (0 ..< sampling.steps).map { step in
            var shown = frame
            for (i, filledAt) in dream.filledAt.enumerated() where filledAt > step {
                shown.fill(x: i % side * patch, y: i / side * patch, width: patch, height: patch, .gray(128))
            }
            return shown
        }
    }
    let names = [1, 2, 3].map { world.commands.indices.contains($0) ? world.commands[$0].name : "action 0" }
    return Image.sheet(rows: rows, title: "one frame in \(sampling.steps) decoding steps", rowLabels: names,
                       columnLabels: ["last seen"] + (1 ... sampling.steps).map { "step \($0)" }, scale: sampling.steps > 12 ? 1 : 2)
}
