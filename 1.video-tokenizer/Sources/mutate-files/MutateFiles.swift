// MutateFiles.swift - what do our readers make of files that nobody would write?
//
// Good files of every kind, changed at random: bits flipped, pieces cut, repeated and swapped, numbers made huge. A reader may
// refuse them, in one line, or read something of them; it may not crash, hang or take all memory. (`shared/scripts/campaign`
// calls this for a while, and so does a test.)

import ArgumentParser
import Episodes
import Foundation
import FrameEncoders
import JetBot
import JointEmbedding
import Layers
import MaskedAutoencoder
import Pictures
import Randomness
import SafeTensors
import Training
import VariationalAutoencoder
import VideoTokenizer

@main
struct MutateFiles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutate-files", abstract: "Read mutated files of every kind, in this process, and count what comes of it.")

    @Option(help: "How long.") var seconds = 10.0
    @Option(help: "The seed of all changes: the same ones come again.") var seed: UInt64 = 1
    @Option(parsing: .upToNextOption, help: "Only open these safetensors files, which must be whole.") var check: [String] = []

    func run() throws {
        for path in check { _ = try SafeTensorsFile(contentsOf: URL(fileURLWithPath: path)) }
        guard check.isEmpty else { return }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let kinds = try samples(folder)
        var generator = SeededGenerator(seed: seed), counts = kinds.map { _ in (tried: 0, refused: 0) }, slowest = (seconds: 0.0, what: "")
        let begin = Date()
        while Date().timeIntervalSince(begin) < seconds {
            for (i, kind) in kinds.enumerated() where kind.every == 1 || generator.integer(below: kind.every) == 0 {
                let url = folder.appendingPathComponent("mutated.\(kind.ending)"), bytes = mutated(kind.bytes, using: &generator)
                // A new file each time: one that is written over is flushed to the disk, and that is nearly all that one would wait for.
                try? FileManager.default.removeItem(at: url)
                try bytes.write(to: url)
                let start = clock()         // of the processor: others may be busy
                counts[i].tried += 1
                do { try kind.read(url) } catch {
                    counts[i].refused += 1
                    let line = "\(error)"
                    guard !line.isEmpty, printable(line) == line else {
                        throw TrainingError("a refusal of \(kind.name) is not one line: \(line)")
                    }
                }
                let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
                if seconds > slowest.seconds { slowest = (seconds, "\(kind.name) \(counts[i].tried)") }
            }
        }
        for (kind, count) in zip(kinds, counts) {
            print("\(kind.name.padding(toLength: 24, withPad: " ", startingAt: 0)) \(count.tried) mutated files, \(count.refused) refused")
        }
        print(String(format: "%d mutated files in all; the slowest took %.2f s", counts.reduce(0) { $0 + $1.tried }, slowest.seconds))
        guard slowest.seconds < 5 else { throw TrainingError("seed \(seed): \(slowest.what) took \(slowest.seconds) s") }
    }

    /// `every`: one round in so many, for what takes long.
    private struct Kind {
        let name, ending: String, bytes: [UInt8]
        var every = 1
        let read: (URL) throws -> Void
    }

    /// A good file of each kind, and what reads it.
    private func samples(_ folder: URL) throws -> [Kind] {
        let camera = Camera(width: 16, height: 16)
        var world = World(room: Room(seed: 1), seed: 1), frames: [Image] = [], actions: [Int] = []
        for t in 0 ..< 8 {
            frames.append(camera.image(of: world))
            world.step(Action.allCases[t % Action.allCases.count])
            if t < 7 { actions.append(t % 5) }
        }
        var episode = Episode(frames: frames.flatMap(\.pixels), width: 16, height: 16, actions: actions,
            metadata: ["fps": "4", "action_names": Action.names.joined(separator: ","), "source": "jetbot", "seed": "1", "room": "1"])
        (episode.bearing, episode.distance, episode.reward) = (
            [0, .nan, 1, 1, 1, 1, 1, 1], [1, .nan, 1, 1, 1, 1, 1, 1], [1, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
        )
        let file = folder.appendingPathComponent("episode.safetensors")
        try episode.write(to: file)
        var configuration = TokenizerConfiguration.tiny, generator = SeededGenerator(seed: 1)
        (
            configuration.imageSize, configuration.embeddingDimensions, configuration.heads, configuration.hiddenDimensions,
            configuration.blocks
        ) = (16, 8, 1, 8, 1)
        func bytes(_ url: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: url)) }
        func model(_ name: String, _ model: some Module, _ configuration: some Encodable) throws -> Kind {
            let url = folder.appendingPathComponent("model.safetensors")
            try Checkpoint.write(model.tensors, metadata: Checkpoint.metadata(kind: name, configuration: configuration), to: url)
            return Kind(name: name, ending: "safetensors", bytes: try bytes(url)) { _ = try FrameEncoders.openAny($0) }
        }
        var masked = MaskedAutoencoderConfiguration.tiny, variational = VariationalConfiguration.tiny,
            joint = JointEmbeddingConfiguration.tiny
        (masked.imageSize, masked.latents, masked.latentDimensions, masked.embeddingDimensions, masked.heads, masked.hiddenDimensions) = (
            16, 1, 2, 8, 1, 8
        )
        (variational.imageSize, variational.latentDimensions, variational.channels) = (16, 4, 1)
        (joint.imageSize, joint.patchSize, joint.embeddingDimensions, joint.heads, joint.hiddenDimensions, joint.vectorDimensions) = (
            16, 4, 8, 1, 8, 4
        )
        for c in [masked, variational, joint] as [any ModelConfiguration] { try c.check() }
        let csv = "\u{FEFF}time,\"the action, by name\",action\r\n" + actions.map { "0.\($0),\"a \"\"b\"\"\",\($0)\r\n" }.joined()
        let video = folder.appendingPathComponent("video.gif")
        try Animation(frames: frames, framesPerSecond: 4).writeGIF(to: video)
        return [
            Kind(name: "PNG", ending: "png", bytes: [UInt8](try frames[0].pngData())) { _ = try Image(pngAt: $0) },
            Kind(name: "GIF", ending: "gif", bytes: [UInt8](try Animation(frames: frames, framesPerSecond: 4).gifData())) {
                _ = try Animation(gifAt: $0)
            },
            Kind(name: "episode", ending: "safetensors", bytes: try bytes(file)) { url in
                let episode = try EpisodeFile(contentsOf: url)
                _ = (episode.image(episode.frameCount - 1), episode.framesPerSecond, episode.actionNames, try episode.depth())
            },
            try model(VideoTokenizer.kind, VideoTokenizer(configuration, using: &generator), configuration),
            try model(MaskedAutoencoder.kind, MaskedAutoencoder(masked, using: &generator), masked),
            try model(VariationalAutoencoder.kind, VariationalAutoencoder(variational, using: &generator), variational),
            try model(JointEmbedding.kind, JointEmbedding(joint, using: &generator), joint),
            Kind(name: "actions", ending: "csv", bytes: Array(csv.utf8), every: 20) { url in
                var imported = VideoImport()
                (imported.size, imported.actions) = (8, url)
                let data = folder.appendingPathComponent("data")
                defer { try? FileManager.default.removeItem(at: data) }
                try imported.run([video], into: data)
            },
        ]
    }

    /// One to eight changes; half of the time near the front, where headers are.
    private func mutated(_ whole: [UInt8], using generator: inout SeededGenerator) -> Data {
        var bytes = whole
        for _ in 0 ... generator.integer(below: 8) where !bytes.isEmpty {
            let reach = generator.integer(below: 2) == 0 ? min(bytes.count, 600) : bytes.count, i = generator.integer(below: reach)
            switch generator.integer(below: 8) {
            case 0, 1: bytes[i] ^= 1 << UInt8(generator.integer(below: 8))
            case 2: bytes[i] = UInt8(generator.integer(below: 256))
            case 3: bytes.removeLast(generator.integer(below: bytes.count - i))
            case 4: bytes.removeSubrange(i ..< min(bytes.count, i + 1 + generator.integer(below: 16)))
            case 5: bytes.insert(contentsOf: bytes[i ..< min(bytes.count, i + 1 + generator.integer(below: 64))], at: i)
            case 6:
                // A digit of a number in the header becomes many.
                if let digit = bytes[i...].prefix(400).firstIndex(where: { (48 ... 57).contains($0) }) {
                    let numbers = ["9223372036854775807", "4294967296", "-1", "0", "1e300", "65536", "nan", "null", "4611686018427387904"]
                    bytes.replaceSubrange(digit ... digit, with: Array(numbers[generator.integer(below: numbers.count)].utf8))
                    fixHeaderLength(&bytes, added: bytes.count - whole.count)
                }
            default:
                let words =
                    [[0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0, 0, 0x80, 0x7F], [0, 0, 0xC0, 0x7F]] as [[UInt8]]
                for (offset, byte) in words[generator.integer(below: words.count)].enumerated() where i + offset < bytes.count {
                    bytes[i + offset] = byte
                }
            }
        }
        return Data(bytes)
    }

    /// A safetensors header that grew says so: else the only thing that is ever found is a wrong length.
    private func fixHeaderLength(_ bytes: inout [UInt8], added: Int) {
        guard bytes.count > 16, bytes[8] == UInt8(ascii: "{"), added != 0 else { return }
        let length = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } &+ UInt64(bitPattern: Int64(added))
        for i in 0 ..< 8 { bytes[i] = UInt8(truncatingIfNeeded: length >> (8 * UInt64(i))) }
    }
}
