// PretrainedWeights.swift - what can a reader try who has trained nothing yet?
//
// The workbook carries the models of its default runs: weights in half precision (F16), in each stage's `pretrained/`. A command that looks
// for the default run and finds none takes those instead, and says so in one line. `--run pretrained` asks for them by name. What a command
// draws and measures with them goes to checkpoints/pretrained, like that of any other run: the folder of the weights stays as it came.

import Files
import Foundation

public enum PretrainedWeights {
    public static let run = "pretrained"

    /// Where the model of a run is to be opened: in `folder`; or, when that is `.../checkpoints/default` or `.../checkpoints/pretrained`
    /// and holds no model, in the stage's `pretrained/`.
    public static func folder(insteadOf folder: URL) -> URL {
        let path = folder.relativePath
        for name in [TrainedRun.usual, run] where path == "checkpoints/\(name)" || path.hasSuffix("/checkpoints/\(name)") {
            let weights = URL(fileURLWithPath: String(path.dropLast("checkpoints/\(name)".count)) + run)
            guard !hasModel(folder), hasModel(weights) else { return folder }
            if name == TrainedRun.usual {
                say("note: there is no run \(path) yet; the pretrained weights in \(weights.relativePath) are used")
            }
            return weights
        }
        return folder
    }

    /// The same for its file.
    public static func model(ofRunAt path: String) -> URL {
        folder(insteadOf: URL(fileURLWithPath: path)).appendingPathComponent("model.safetensors")
    }

    public static func hasModel(_ folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("model.safetensors").path)
    }

    /// Says that a command goes on without something that is not there. On standard error, so that what it prints is the same with any
    /// weights; and once, whoever asks.
    public static func say(_ line: String) {
        guard said.insert(line).inserted else { return }
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
    private nonisolated(unsafe) static var said: Set<String> = []
}

/// A run that is used, not trained: what it learned, and where results go.
public struct TrainedRun {
    static let usual = "default"
    /// What it is called: NAME, or "pretrained".
    public var name: String { results.lastPathComponent }
    /// What is opened: checkpoints/NAME, or the pretrained weights.
    public let weights: URL
    /// Where tables and pictures go: checkpoints/NAME, or checkpoints/pretrained. `prepareResults` makes it.
    public let results: URL

    public init(_ name: String) {
        let folder = URL(fileURLWithPath: "checkpoints").appendingPathComponent(name)
        weights = PretrainedWeights.folder(insteadOf: folder)
        results = weights == folder ? folder : URL(fileURLWithPath: "checkpoints").appendingPathComponent(PretrainedWeights.run)
    }

    public var model: URL { weights.appendingPathComponent("model.safetensors") }

    /// Makes the folder of results where there is none.
    /// - Throws: `FileError`.
    public func prepareResults() throws { try makeFolder(results) }
}

extension RunOptions {
    /// The run that is meant, to be used.
    public var trained: TrainedRun { TrainedRun(run) }
    /// Nobody named a folder of episodes, and there is none where they would be: what needs only a few may record them itself.
    public var hasNoEpisodes: Bool { data == RunOptions.usualData && !FileManager.default.fileExists(atPath: dataFolder.path) }
}
