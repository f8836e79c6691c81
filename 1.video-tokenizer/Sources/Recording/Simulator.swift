// Simulator.swift - what would really have happened?
//
// An episode of the simulated robot names its room and its seed, and the world is wholly decided by them: replay the recorded
// actions and the robot stands where it stood. From there it can be driven another way than it went, beside the model that only
// imagines it.

import Episodes
import JetBot
import Pictures

/// The true world of a recorded episode, at one of its frames and wherever it is driven from there.
public struct Simulator {
    public private(set) var world: World
    private let camera: Camera

    /// Nil for an episode that was not recorded in the simulator, whose actions have been named anew, or that is of another version: the
    /// proof is that the picture is the recorded one.
    public init?(replaying episode: EpisodeFile, to frame: Int) {
        guard episode.metadata["source"] == "jetbot", episode.actionNames == Action.names, let actions = episode.actions,
              let seed = episode.metadata["seed"].flatMap(UInt64.init), let room = episode.metadata["room"].flatMap(UInt64.init),
              let framesPerSecond = episode.framesPerSecond, framesPerSecond > 0 else { return nil }
        world = World(room: Room(seed: room), seed: seed, framesPerSecond: Float(framesPerSecond))
        camera = Camera(width: episode.width, height: episode.height)
        for action in actions.prefix(frame) {
            guard let action = Action(rawValue: action) else { return nil }
            world.step(action)
        }
        guard picture == episode.image(frame) else { return nil }
    }

    /// Does what is called `name`.
    /// - Returns: whether nothing was in the way; nil when the robot has no such action (then nothing happens).
    public mutating func step(_ name: String) -> Bool? {
        Action.names.firstIndex(of: name).flatMap(Action.init).map { world.step($0) }
    }

    /// How far is what the camera sees, and where does it face?
    public var surfaces: Surfaces { camera.surfaces(of: world) }

    /// What the robot's camera sees.
    public var picture: Image { camera.image(of: world) }

    /// Whether the simulator can do all that is named.
    public static func knows(_ names: [String]) -> Bool { names.allSatisfy(Action.names.contains) }
}

extension EpisodeFile {
    /// How far is what each frame shows, and where does it face? Nil where the simulator cannot tell: its pictures must be the recorded
    /// ones, the last too.
    public func surfaces() -> [Surfaces]? {
        guard isReplayed, var simulator = Simulator(replaying: self, to: 0) else { return nil }
        return [simulator.surfaces] + actions!.map { action in
            _ = simulator.step(actionNames[action])
            return simulator.surfaces
        }
    }

    /// Two pictures tell: no other frame is rendered.
    private var isReplayed: Bool { [0, frameCount - 1].allSatisfy { Simulator(replaying: self, to: $0) != nil } }

    /// - Throws: `EpisodeError` that says what to do, where the simulator cannot tell what shapes there are.
    public func checkSurfaces() throws {
        guard isReplayed else {
            throw EpisodeError("\(url.relativePath): only of what the simulator recorded, with the actions that were done, can it tell how "
                + "far things were; record episodes with `episodes record`")
        }
    }
}
