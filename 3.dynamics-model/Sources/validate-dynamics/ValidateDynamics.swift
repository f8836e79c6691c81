// ValidateDynamics.swift - does imagination follow the actions, how long does it stay with the truth, is it a picture or fog, and how fast
// is it?

import ArgumentParser
import Episodes
import Foundation
import Pictures
import Tensors
import Training
import WorldModels
import Worlds
import Yardsticks

@main
struct ValidateDynamics: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate-dynamics",
        abstract:
            "Imagine validation episodes and unseen rooms from four frames with a model of any kind, compare with what happened, "
            + "and draw it."
    )

    @OptionGroup var options: RunOptions
    @OptionGroup var sampling: SamplingOptions
    @OptionGroup var yardsticks: YardstickOptions
    @Option(help: "Dream on for so many frames, and see what becomes of the pictures (chapters/shortcut-forcing.md).") var long: Int?

    func validate() throws {
        guard (24 ... 10_000).contains(long ?? 24) else { throw ValidationError("--long must be at least 24, and at most 10,000") }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let run = options.trained, folder = run.results
        let world = try Worlds.open(run.weights), sampling = sampling.sampling
        // Whatever is wrong with data or models should come to light before anything was measured.
        let eye = try yardsticks.openEye(for: world.imageSize), regressor = try yardsticks.openRegressor(for: world.imageSize)
        let validation = try yardsticks.open(options.dataFolder, .validation, for: [world])
        let unseen =
            EpisodeSet.exists(options.dataFolder, .unseenRooms) ? try yardsticks.open(options.dataFolder, .unseenRooms, for: [world]) : nil
        let own = try world.ownMeasures(on: validation.episodes, sampling)

        var report = ValidationReport()
        report.add(own.rows)
        let here = try MeasuredWorld(world, validation, seenThrough: eye, sampling: sampling, samples: yardsticks.samples)
        let rival = try regressor.map { try Rollouts($0, validation, sampling: .mean, samples: 0) }
        for row in here.rows { report.add(row.name, row.value, expected: own.expected[row.name] ?? "", baseline: row.baseline) }
        report.add("copy_last_psnr_db", validation.moving(validation.copyPSNR))
        if let rival {
            report.add("pixel_regression_psnr_db", validation.moving(rival.imaginedPSNR), baseline: "the rival that costs nothing")
        }
        if let carried = carriedOver(validation) {
            report.add("geometry_psnr_db", validation.moving(validation.psnrs(carried)), baseline: "knows lens, walls and distances")
        }
        report.add("rollout_frames", Double(TrueClips.horizon))
        for measure in try [2, 4, 8, 12].compactMap({ try memory(world, validation, turns: $0, sampling) }) {
            report.add(
                "memory_psnr_db_\(measure.turns)", measure.returned,
                baseline: String(format: "%.2f (%d turns away)", measure.away, measure.turns))
        }
        let far = try long.map { last in
            try LongDream(world, validation, to: [12] + [last / 4].filter { $0 >= 24 } + [last], seenThrough: eye, sampling)
        }
        for window in far?.windows ?? [] {
            report.add("long_sharpness_\(window.frame)", window.sharpness, baseline: "1 (real)")
            if let frechet = window.frechet { report.add("long_frechet_distance_\(window.frame)", frechet) }
        }
        // Drawn now: what was imagined makes room for the other split.
        let pictures =
            [
                ("horizon.png", horizonChart(here.rollouts, rival)), ("rollouts.png", rolloutSheet(here.rollouts)),
                ("divergence.png", divergenceSheet(here.rollouts)),
            ]
            + (far.map { [("long.png", $0.sheet())] } ?? []) + own.pictures.map { ($0.name, $0.picture) }
        if let unseen {
            let there = try MeasuredWorld(world, unseen, seenThrough: eye, sampling: sampling, samples: 1)
            for row in there.rows where !row.name.hasPrefix("sample_") {
                report.add(unseenName(row.name), row.value, baseline: row.baseline)
            }
            if let regressor {
                report.add(
                    "pixel_regression_psnr_unseen_rooms_db",
                    unseen.moving(try Rollouts(regressor, unseen, sampling: .mean, samples: 0).imaginedPSNR))
            }
        }
        report.add("frames_per_second", framesPerSecond(world, validation, sampling), expected: own.expected["frames_per_second"] ?? "")
        report.add("parameters", Double(world.parameterCount))
        let minutes = trainingMinutes(folder)
        if minutes.isFinite { report.add("training_minutes", minutes) }

        try run.prepareResults()
        for (name, picture) in pictures { try picture.writePNG(to: folder.appendingPathComponent(name)) }
        try report.finish(writing: folder.appendingPathComponent("validation.json"))
        if regressor == nil {
            print("no pixel_regression_psnr_db: make that run with `train-dynamics pixel-regression`, or name one with --regressor")
        }
        if eye == nil { print("no frechet_distance: name a run of stage 1 with --eye") }
        print("pictures: \(folder.relativePath)/ \(pictures.map(\.0).joined(separator: ", "))")
    }

    /// `rollout_psnr_db` -> `rollout_psnr_unseen_rooms_db`
    private func unseenName(_ name: String) -> String {
        name.hasSuffix("_db") ? name.dropLast(3) + "_unseen_rooms_db" : name + "_unseen_rooms"
    }
}
