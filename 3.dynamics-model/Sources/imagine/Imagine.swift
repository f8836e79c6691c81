// Imagine.swift - the same start, and then: what the model thinks will happen.
//
// A film: left what really happened, right what the model imagined from the first few frames and the actions alone. And a sheet:
// one start, and for each action what comes of doing it again and again. If its rows look alike, the model does not listen.

import ArgumentParser
import Episodes
import Foundation
import Pictures
import Playing
import Randomness
import Tensors
import Training
import WorldModels
import Worlds

@main
struct Imagine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "imagine",
        abstract: "Imagine what comes of a start and a list of actions: a film beside reality, and a sheet of all actions.")

    @OptionGroup var options: RunOptions
    @OptionGroup var beginning: StartOptions
    @Option(help: "Actions by name or its beginning, such as left*5,forward (default: what the robot did in the episode).")
    var actions: String?
    @Option(help: "Frames to imagine where no actions are given.") var frames = 12
    @Option(help: "The files to write, without .gif and .png (default: imagination in the run's folder).") var output: String?

    func validate() throws {
        guard (1 ... ActionList.longest).contains(frames) else {
            throw ValidationError("--frames must be 1 to \(ActionList.longest), not \(frames)")
        }
        if actions == nil && beginning.startPicture != nil {
            throw ValidationError("--start-picture comes without actions; say what to do with --actions")
        }
    }

    func run() throws {
        Workers.count = options.threads ?? Workers.count
        let run = options.trained
        let world = try Worlds.open(run.weights), episodes = try beginning.episodes(of: options, for: world)
        let start = try beginning.first(of: episodes, for: world)
        let place = output.map { URL(fileURLWithPath: $0) } ?? run.results.appendingPathComponent("imagination")
        let files = [place.appendingPathExtension("gif"), place.appendingPathExtension("png")]
        // The run's own pictures are made anew; others are somebody's.
        if output != nil { try checkOutput(files, inputs: beginning.startPicture.map { [URL(fileURLWithPath: $0)] } ?? [], by: "imagine") }
        let film = try Film(start, plan(start, episodes, world))

        let begin = Date()
        var imagined = [("imagined", film.imagine(in: world, beginning.sampling, seed: beginning.seed))]
        let seconds = Date().timeIntervalSince(begin)
        // Nobody said which: then both are shown, for they are two things.
        if beginning.drawing.temperature == nil, world.drawsSamples {
            var sampling = beginning.sampling
            sampling.temperature = 1
            imagined = [("the mean", imagined[0].1), ("a sample", film.imagine(in: world, sampling, seed: beginning.seed))]
        }
        if output == nil { try run.prepareResults() }
        try writePicture(film.gif(imagined, framesPerSecond: world.framesPerSecond), to: files[0])
        try sheet(of: world, from: start).writePNG(to: files[1], by: "imagine")
        let speed = String(format: "%.1f s (%.1f a second)", seconds, Double(film.commands.count) / seconds)
        print("\(film.commands.count) frames from \(start.name) in \(speed)")
        print("\(place.relativePath).gif: \(film.realName.map { "\($0), and imagined beside it" } ?? "imagined")")
        print("\(place.relativePath).png: the same start, \(world.commands.count) actions")
    }

    /// What is done: the list of --actions, or what was done in the episode.
    private func plan(_ start: Start, _ episodes: EpisodeSet?, _ world: any WorldModel) throws -> Film.Plan {
        if let actions { return .commands(try ActionList.parse(actions, world.commands)) }
        guard let episodes, let (file, next) = start.episode else { preconditionFailure("validate() asks for --actions here") }
        let count = min(frames, file.frameCount - next)
        guard count > 0 else {
            throw TrainingError("\(file.url.relativePath): ends with the \(Start.context) frames of the start; "
                + "choose an earlier --start, or give --actions")
        }
        // The action that leads to frame `next` stands before it.
        let codes = try world.actionReader.actions(ofEpisode: beginning.episode, in: episodes)[next - 1 ..< next - 1 + count]
        let names = codes.indices.map { i in
            if let action = file.actions?[i], file.actionNames.indices.contains(action) { return file.actionNames[action] }
            return world.commands.first { $0.action == codes[i] }?.name ?? "action \(codes[i])"
        }
        return .recorded(zip(names, codes).map(Command.init(name:action:)))
    }

    /// One start and each command held: rows are commands, columns are frames.
    private func sheet(of world: any WorldModel, from start: Start) -> Image {
        let commands = world.commands, columns = 8
        // One dream, as many times as there are commands: a batch that parts ways at the first step.
        var dream = world.dream(from: start.frames, actions: start.actions).repeated(commands.count)
        var generator = SeededGenerator(seed: beginning.seed)
        var rows = commands.map { _ in [start.pictures.last!] }
        for _ in 0 ..< columns {
            let frames = dream.step(commands.map(\.action), beginning.sampling, using: &generator)      // [commands,H,W,3]
            for row in rows.indices { rows[row].append(Image(frames, frame: row)) }
        }
        return Image.sheet(
            rows: rows, title: "the same start, each action again and again", rowLabels: commands.map(\.name),
            columnLabels: ["real"] + (1 ... columns).map { "+\($0)" }, scale: 2)
    }
}
