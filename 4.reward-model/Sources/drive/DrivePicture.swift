// DrivePicture.swift - what did the robot have in mind when it decided?
//
// Left: what it saw, and where it truly was. Right: a row for each future that it thought of, frame by frame, with the reward of
// each frame as a bar below it. The row that it followed has a frame around it.

import Foundation
import JetBot
import Pictures
import Planning

/// One decision, to be looked at.
struct DrivePicture {
    let step: Int
    let world: World
    let view: Image
    let reward: Float
    let plan: Plan
    let futures: [Future]
    let decision: Pilot.Decision
    /// Of a policy: a chance for each action, in the place of futures.
    var chances: [Float] = []

    private static let side = 192, cell = 64, gap = 6, header = 26, labels = 76, shown = 5
    private static let green = Color(hex: 0x2C9C4B), ink = Color.gray(40)

    var panel: Image {
        let (side, cell, gap, header) = (DrivePicture.side, DrivePicture.cell, DrivePicture.gap, DrivePicture.header)
        let rows = shownFutures, steps = min(8, rows.map(\.frames.count).max() ?? 0), rowHeight = cell + 18
        let right = 3 * gap + side + DrivePicture.labels
        var panel = Image(width: max(right + steps * (cell + gap) + gap, 480),
                          height: header + max(2 * side + 42, DrivePicture.shown * rowHeight + gap))

        panel.drawText("step \(step + 1): \(sentence)", x: gap, y: 6, scale: 2, color: DrivePicture.ink)
        panel.paste(view.resized(width: side, height: side), x: gap, y: header)
        panel.drawText(String(format: "sees this: reward %.2f", reward), x: gap, y: header + side + 4, color: DrivePicture.ink)
        let map = mapWithLine(side)
        panel.paste(map, x: gap + (side - map.width) / 2, y: header + side + 18)
        let bearing = world.kongPolar.bearing * 180 / .pi
        panel.drawText(String(format: "true bearing %+.0f degrees", bearing) + (world.bearing == nil ? ", not in view" : ""),
                       x: gap, y: header + 2 * side + 24, color: DrivePicture.ink)

        for (row, future) in rows.enumerated() {
            let y = header + row * rowHeight
            if isFollowed(future) {
                let width = panel.width - right + 2 + DrivePicture.labels
                panel.fill(x: right - DrivePicture.labels - 4, y: y - 3, width: width, height: rowHeight - 2, DrivePicture.green)
                panel.fill(x: right - DrivePicture.labels - 2, y: y - 1, width: width - 4, height: rowHeight - 6, .white)
            }
            for (line, text) in label(future.sequence).enumerated() {
                panel.drawText(text, x: right - DrivePicture.labels, y: y + 14 + 12 * line, color: DrivePicture.ink)
            }
            if let i = plan.sequences.firstIndex(of: future.sequence) {
                let value = String(format: "%.2f", plan.returns[i])
                panel.drawText(value, x: right - DrivePicture.labels, y: y + 42, scale: 2, color: DrivePicture.ink)
            }
            for t in 0 ..< min(steps, future.frames.count) {
                let x = right + t * (cell + gap), share = max(0, min(1, future.rewards[t]))
                panel.paste(future.frames[t].resized(width: cell, height: cell), x: x, y: y)
                panel.fill(x: x, y: y + cell + 2, width: cell, height: 8, .gray(225))
                panel.fill(x: x, y: y + cell + 2, width: Int(Float(cell) * share), height: 8, DrivePicture.green)
            }
        }
        for (row, chance) in chances.enumerated() {
            let y = header + 14 + row * 40
            panel.drawText(Action(rawValue: row)!.name, x: right - DrivePicture.labels, y: y, color: DrivePicture.ink)
            panel.fill(x: right - DrivePicture.labels, y: y + 12, width: 200, height: 10, .gray(225))
            panel.fill(x: right - DrivePicture.labels, y: y + 12, width: Int(200 * chance), height: 10, DrivePicture.green)
        }
        return panel
    }

    /// The constant sequences if there are no others; else the best.
    private var shownFutures: [Future] {
        if futures.count <= DrivePicture.shown { return futures }
        var seen: Set<[Int]> = []
        let order = plan.returns.indices.sorted { (plan.returns[$0], $1) > (plan.returns[$1], $0) }
        let best = order.map { plan.sequences[$0] }.filter { seen.insert($0).inserted }.prefix(DrivePicture.shown)
        return best.compactMap { sequence in futures.first { $0.sequence == sequence } }
    }

    private func isFollowed(_ future: Future) -> Bool {
        switch decision.reason {
        case .follow: return future.sequence == plan.sequences[plan.best]
        case .stop: return future.sequence.allSatisfy { $0 == Action.stop.rawValue }
        case .look: return false
        }
    }

    private var sentence: String {
        let name = Action(rawValue: decision.action)!.name
        switch decision.reason {
        case .follow: return name
        case .stop: return "stop, it is here"
        case .look: return "look around, \(name)"
        }
    }

    /// "turn left", "x 4", or the actions one by one.
    private func label(_ sequence: [Int]) -> [String] {
        if Set(sequence).count == 1 { return [Action(rawValue: sequence[0])!.name, "x \(sequence.count)"] }
        let words = sequence.map { ["stop", "L", "R", "fw", "bw"][$0] }
        return [words.prefix((words.count + 1) / 2).joined(separator: " "), words.suffix(words.count / 2).joined(separator: " ")]
    }

    /// The map, with a line from the robot to the Kong.
    private func mapWithLine(_ side: Int) -> Image {
        var map = world.mapImage(side: side)
        let meter = Float(side) / max(world.room.width, world.room.depth)
        func pixel(_ place: SIMD2<Float>) -> (x: Float, y: Float) { (place.x * meter, Float(map.height) - place.y * meter) }
        map.drawLine(from: pixel(world.position), to: pixel(world.kong), color: Color(hex: 0xD02030), thickness: 1.5)
        return map
    }
}
