// Film.swift - imagination beside reality, frame by frame.
//
// Reality is the recording, when the robot's own actions are imagined again; the simulator, when it can be driven another way
// from the same start; and else nobody knows it.

import DynamicsModel
import Pictures
import Playing
import Randomness
import Tensors
import Training

struct Film {
    enum Plan {
        /// What was done in the episode.
        case recorded([Command])
        /// What somebody wants to see done.
        case commands([Command])
    }

    let start: Start, commands: [Command]
    /// The frames that really came, one for each command; nil where nobody knows them.
    let real: [Image]?
    /// Where they are from.
    let realName: String?

    init(_ start: Start, _ plan: Plan) {
        self.start = start
        switch plan {
        case .recorded(let done):
            commands = done
            real = start.episode.map { file, next in done.indices.map { file.image(next + $0) } }
            realName = "recorded"
        case .commands(let wanted):
            commands = wanted
            var simulator = start.simulator
            real = simulator == nil ? nil : wanted.map { command in
                _ = simulator!.step(command.name)
                return simulator!.picture
            }
            realName = real.map { _ in "simulated" }
        }
    }

    /// One imagined frame for each command.
    func imagine(in world: WorldModel, _ sampling: Sampling, seed: UInt64) -> [Image] {
        var dream = world.dream(from: start.frames, actions: start.actions), generator = SeededGenerator(seed: seed)
        return commands.map { Image(dream.step([$0.action], sampling, using: &generator), frame: 0) }
    }

    /// First the frames that the model was shown, then reality (left, where it is known) and imagination (right).
    func animation(_ imagined: [Image], framesPerSecond: Double) -> Animation {
        let scale = max(1, 256 / start.pictures[0].width)
        func page(_ left: Image?, _ right: Image, _ rightName: String, _ title: String) -> Image {
            let pictures = (left.map { [$0] } ?? []) + [right], names = (left == nil ? [] : [realName ?? ""]) + [rightName]
            return Image.sheet(rows: [pictures], title: title, columnLabels: names, scale: scale)
        }
        var pages = start.pictures.enumerated().map { i, picture in
            page(real == nil ? nil : picture, picture, "shown", "start, frame \(i + 1)")
        }
        for (i, picture) in imagined.enumerated() {
            pages.append(page(real?[i], picture, "imagined", "\(i + 1) of \(imagined.count): \(commands[i].name)"))
        }
        // A long name makes its page wider; in a film all are alike.
        let width = pages.map(\.width).max()!
        pages = pages.map { page in
            var wide = Image(width: width, height: page.height)
            wide.paste(page, x: 0, y: 0)
            return wide
        }
        var animation = Animation(frames: pages, framesPerSecond: framesPerSecond)
        animation.delays[pages.count - 1] += 1      // a pause before it begins again
        return animation
    }
}
