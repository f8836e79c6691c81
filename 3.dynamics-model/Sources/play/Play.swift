// Play.swift - drive inside the imagination: in the terminal, or in a browser with --web.

import ArgumentParser
import Foundation
import LocalPages
import Playing
import Tensors
import Training
import WorldModels
import Worlds

@main
struct Play: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "play",
        abstract: "Drive inside the imagination with the arrow keys: in the terminal, or with --web in a browser.")

    @OptionGroup var options: RunOptions
    @OptionGroup var beginning: StartOptions
    @Flag(help: "Show a page to this machine's browsers instead, and to no other machine.") var web = false
    @Option(help: "The page's port; 0 takes any free one.") var port = 8080

    func validate() throws {
        guard (0 ... 65535).contains(port) else { throw ValidationError("--port must be 0 to 65535, not \(port)") }
    }

    func run() throws {
        if !web { try Terminal.check() }   // before the model is read: a wrong terminal should be known at once
        Workers.count = options.threads ?? Workers.count
        let run = options.trained, world = try Worlds.open(run.weights)
        let episodes = try beginning.episodes(of: options, for: world)
        let start = try beginning.first(of: episodes, for: world)
        if web {
            try WebServer.run(WebGame(Shelf(world, of: run), run.name, start, episodes, beginning), port: UInt16(port), of: "play")
        } else {
            let session = Session(world, from: start, beginning.sampling, seed: beginning.seed)
            var game = TerminalGame(session, episodes, beginning)
            try game.run()
        }
    }
}
