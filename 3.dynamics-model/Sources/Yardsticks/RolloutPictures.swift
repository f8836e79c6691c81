// RolloutPictures.swift - imagination, looked at.

import Foundation
import Pictures
import Tensors
import Training

private func curve(_ name: String, _ psnrs: [[Double]]) -> LineChart.Series {
    .init(name, psnrs.enumerated().map { (Double($0 + 1), $1.reduce(0, +) / Double(max(1, $1.count))) })
}

/// PSNR over the horizon: the imagined frames between the copy of the last and what the model's own eye makes of the truth (a model of
/// pixels sees it as it is).
public func horizonChart(_ rollouts: Rollouts, _ rival: Rollouts?) -> Image {
    var series = [curve("the mean", rollouts.imaginedPSNR)]
    if rollouts.ceilingPSNR.joined().contains(where: { $0 < 60 }) { series.insert(curve("its eye alone", rollouts.ceilingPSNR), at: 0) }
    if let samples = rollouts.samples { series.append(curve("one sample", samples.onePSNR)) }
    if let rival, rival.imaginedPSNR != rollouts.imaginedPSNR { series.append(curve("pixel regression", rival.imaginedPSNR)) }
    series += [curve("with another clip's actions", rollouts.shuffledPSNR), curve("copy of the last frame", rollouts.clips.copyPSNR)]
    return LineChart(title: "imagined from four frames", xLabel: "frames ahead", yLabel: "PSNR, dB, all frames", series: series).image
}

/// Several models over the same horizon.
public func comparisonChart(_ runs: [(name: String, rollouts: Rollouts)]) -> Image {
    LineChart(title: "imagined from four frames", xLabel: "frames ahead", yLabel: "PSNR, dB, all frames",
        series: runs.map { curve($0.name, $0.rollouts.imaginedPSNR) } + [curve("copy of the last frame", runs[0].rollouts.clips.copyPSNR)]
    ).image
}

/// Clips of the sheets: those in which most happens, no two neighbors.
private func chosen(_ clips: TrueClips, _ count: Int) -> [Int] {
    let movement = clips.moves[0].indices.map { b in clips.moves.filter { $0[b] }.count }
    return movement.indices.sorted { (movement[$0], $1) > (movement[$1], $0) }.reduce(into: [Int]()) { chosen, b in
        if chosen.count < count, !chosen.contains(where: { abs($0 - b) < 4 }) { chosen.append(b) }
    }
}

private let shownSteps = [0, 1, 2, 3, 5, 7, 9, 11]
private func label(_ t: Int) -> String { "+\(t + 1)" }

/// What came, over the imagined frames of each of several tensors [B,12,H,W,3].
private func sheet(_ clips: TrueClips, _ imagined: [(name: String, frames: Tensor)], count: Int, title: String) -> Image {
    var rows: [[Image]] = [], names: [String] = []
    for b in chosen(clips, count) {
        let last = clips.image(b, TrueClips.context - 1)
        rows.append([last] + shownSteps.map { clips.image(b, TrueClips.context + $0) })
        names.append("real")
        for (name, frames) in imagined {
            rows.append([last] + shownSteps.map { Image(frames, frame: b * TrueClips.horizon + $0) })
            names.append(name)
        }
    }
    return Image.sheet(rows: rows, title: title, rowLabels: names, columnLabels: ["last seen"] + shownSteps.map(label), scale: 2)
}

/// Three clips: what came, the mean of what was imagined, and a sample where there are any.
public func rolloutSheet(_ rollouts: Rollouts) -> Image {
    let samples = rollouts.samples.map { [("a sample", $0.first)] } ?? []
    return sheet(
        rollouts.clips, [(samples.isEmpty ? "imagined" : "the mean", rollouts.imagined)] + samples, count: 3,
        title: "what came, and what was imagined")
}

/// Two clips, a row for each model: a sample where it draws any, else its only frames.
public func comparisonSheet(_ runs: [(name: String, rollouts: Rollouts)]) -> Image {
    sheet(
        runs[0].rollouts.clips, runs.map { ($0.name, $0.rollouts.samples?.first ?? $0.rollouts.imagined) }, count: 2,
        title: "the same clips, imagined by each")
}

/// Where imagination and reality part: their difference, bright where it is large.
public func divergenceSheet(_ rollouts: Rollouts) -> Image {
    let rows = chosen(rollouts.clips, 3).map { b in
        shownSteps.map { t -> Image in
            let a = rollouts.clips.image(b, TrueClips.context + t).pixels, i = Image(rollouts.imagined, frame: b * TrueClips.horizon + t)
            return Image(width: i.width, height: i.height, pixels: zip(a, i.pixels).map { UInt8(min(255, 2 * abs(Int($0) - Int($1)))) })
        }
    }
    return Image.sheet(rows: rows, title: "imagined minus real, twice as bright", columnLabels: shownSteps.map(label), scale: 2)
}
