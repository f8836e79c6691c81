// ActionPictures.swift - the codes, looked at.

import Episodes
import Foundation
import FrameCoding
import InverseDynamics
import Pictures
import Tensors
import Training
import VideoTokenizer

struct LabelPoint { var labels: Int, supervised: Double, named: Double }

/// Four frames of validation episodes, each with the futures that the codes make of it: every code held for two steps.
func futures(_ model: LatentActionModel, _ episodes: EpisodeSet, names: [String]?) -> Image {
    let codes = model.configuration.codes, shown = min(8, codes)
    let rows = (0 ..< 4).map { row -> [Image] in
        let episode = row * episodes.episodes.count / 4
        let start = episodes.clips(at: [ClipPlace(episode: episode, start: episodes.episodes[episode].frameCount / 2)], length: 1).frames
        return [Image(start, frame: 0)] + (0 ..< shown).map { code in
            let first = model.predict(start, codes: [code])
            guard model.configuration.frames > 2 else { return Image(first, frame: 0) }
            let both = Tensor.concatenated([start, first], axis: 1)
            return Image(model.predict(both, codes: [code, code]), frame: 1)
        }
    }
    let labels = (0 ..< shown).map { code in names.map { "\(code) \($0[code])" } ?? "code \(code)" }
    return Image.sheet(rows: rows, title: "one frame, \(shown) codes: two steps later", columnLabels: ["now"] + labels, scale: 2)
}

/// Ten moving transitions of validation episodes: the last frame, what was predicted, what came.
func predictions(_ model: LatentActionModel, _ episodes: EpisodeSet) -> Image {
    let t = model.configuration.frames - 1
    var columns: [(Image, Image, Image)] = [], captions: [String] = []
    for episode in episodes.episodes.indices where columns.count < 10 {
        guard episodes.episodes[episode].frameCount > t else { continue }
        let frames = episodes.clips(at: [ClipPlace(episode: episode, start: 0)], length: t + 1).frames
        let past = frames.sliced(axis: 1, 0 ..< t), next = frames.sliced(axis: 1, 1 ..< t + 1)
        let predicted = model.predict(past, codes: model.codes(of: frames))
        let copied = squaredErrors(past, next).map(psnr), errors = squaredErrors(predicted, next).map(psnr)
        // The later in the clip, the more past there is to see.
        guard let i = copied.indices.last(where: { copied[$0] < 33 }) else { continue }
        columns.append((Image(past, frame: i), Image(predicted, frame: i), Image(next, frame: i)))
        captions.append(String(format: "%.1f > %.1f", copied[i], errors[i]))
    }
    guard !columns.isEmpty else { return Image(width: 8, height: 8) }
    return Image.sheet(rows: [columns.map(\.0), columns.map(\.1), columns.map(\.2)], title: "PSNR, dB: copy of the last frame > predicted",
                       rowLabels: ["last frame", "predicted", "true next"], columnLabels: captions, scale: 2)
}

/// How often each code fell on each true action: darker is more.
func codePicture(_ table: CodeTable, names: [Int], actionNames: [String]) -> Image {
    let most = Float(max(1, table.counts.joined().max()!))
    let rows = table.counts.map { row in row.map { cell("\($0)", Float($0) / most) } }
    return Image.sheet(rows: rows, title: "codes (rows) and true actions, validation episodes",
                       rowLabels: names.enumerated().map { "\($0) = \(actionNames[$1])" }, columnLabels: actionNames, padding: 4)
}

/// How far each code opens the gates of the decoder's sublayers: darker is more. Nil where codes are added.
func gatePicture(_ model: LatentActionModel, names: [String]?) -> Image? {
    let codes = 0 ..< min(16, model.configuration.codes), gates = codes.map { model.gates(of: $0) }
    guard let most = gates.joined().max(), most > 0 else { return nil }
    let blocks = gates[0].count / 3, columns = (1 ... blocks).flatMap { block in ["space", "time", "forward"].map { "\($0) \(block)" } }
    return Image.sheet(
        rows: gates.map { row in row.map { cell(String(format: "%.2f", $0), $0 / most) } },
        title: "how far a code (row) opens the gates, block by block",
        rowLabels: codes.map { code in names.map { "\(code) = \($0[code])" } ?? "\(code)" }, columnLabels: columns, padding: 4)
}

/// A number on a ground that is the darker, the larger its share of the most.
private func cell(_ text: String, _ share: Float) -> Image {
    var cell = Image(width: 120, height: 30, color: Color.white.mixed(with: Color(hex: 0x1F5FA8), share))
    cell.drawText(text, x: (120 - Image.textSize(text, scale: 2).width) / 2, y: 8, scale: 2, color: share > 0.5 ? .white : .gray(40))
    return cell
}

/// Accuracy against the number of labels.
func labelChart(_ points: [LabelPoint]) -> Image {
    let all = points.map { log10(Double($0.labels)) }
    return LineChart(
        title: "accuracy on validation episodes", xLabel: "log10 of the number of labels", yLabel: "accuracy",
        series: [
            .init("supervised", zip(all, points).map { ($0, $1.supervised) }),
            .init("latent codes, named", zip(all, points).map { ($0, $1.named) }),
        ]
    ).image
}
