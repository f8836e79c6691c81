// Answers.swift - what the page is told, as it stands in the JSON.

import Foundation
import LocalPages
import Pictures
import Playing

/// What there is to see after a step.
struct MomentAnswer: Encodable {
    let number: Int, action: String?
    /// The frame by the overlay painted on it ("none", "confidence", "order").
    let pictures: [String: String]
    let confidences: [Float], filledAt: [Int]
    let simulated: String?, isBlocked: Bool
    let milliseconds, framesPerSecond: Double
    /// The same moment in the world beside, if there is one.
    let others: [MomentAnswer]

    init(_ moment: Moment, others: [MomentAnswer] = []) throws {
        self.others = others
        (number, action, isBlocked) = (moment.number, moment.action?.name, moment.isBlocked)
        pictures = try Dictionary(uniqueKeysWithValues: Overlay.allCases.map { overlay in
            (overlay.rawValue, try moment.picture(with: overlay).dataURL())
        })
        (confidences, filledAt) = (moment.confidences, moment.filledAt)
        simulated = try moment.simulated?.dataURL()
        (milliseconds, framesPerSecond) = (moment.seconds * 1000, moment.framesPerSecond)
    }
}

/// What can be done, and what there is to see.
struct SessionAnswer: Encodable {
    struct Button: Encodable { let name: String, key: String? }
    let buttons: [Button], captions: [String: String]
    let start: String, context: Int
    /// How many episodes there are to begin in.
    let episodes: Int
    let hasSimulator: Bool
    /// The runs that there are, and those that are shown.
    let allRuns, runs: [String]
    /// Whether the model can draw samples beside the mean; and what it draws now: 0 is the mean, 1 samples.
    let drawsSamples: Bool, temperature: Float
    let realFramesPerSecond: Double
    let moment: MomentAnswer

    init(_ session: Session, runs: [String], of allRuns: [String], episodes: Int, moment: MomentAnswer) {
        (self.runs, self.allRuns, self.moment) = (runs, allRuns, moment)
        let commands = session.world.commands
        buttons = zip(commands, Keys.keys(for: commands)).map { Button(name: $0.name, key: $1) }
        captions = Dictionary(uniqueKeysWithValues: Overlay.allCases.map { ($0.rawValue, $0.caption) })
        (start, context) = (session.start.name, session.start.pictures.count)
        (self.episodes, hasSimulator) = (episodes, session.start.simulator != nil)
        (drawsSamples, temperature) = (session.world.drawsSamples, session.sampling.temperature)
        realFramesPerSecond = session.world.framesPerSecond
    }
}
