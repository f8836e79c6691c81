// Checkpoint.swift - how does a model outlive its process?
//
// model.safetensors: the weights under their dotted names; what model it is, and its configuration as JSON, in the
// metadata. It opens in Python with `safetensors.numpy.load_file`. training-state.safetensors: weights again, the
// optimizers' moments, the step and the state of every random number generator. It is complete in itself, so that a kill
// between the two files does no harm.

import Files
import Foundation
import Layers
import Randomness
import SafeTensors
import Tensors

/// Writes and reads models as safetensors files.
public enum Checkpoint {
    /// Writes `tensors` with their description to `url`, whole or not at all.
    /// - Throws: `FileError`.
    public static func write(_ tensors: [NamedTensor], metadata: [String: String], to url: URL) throws {
        try writer(tensors, metadata).write(to: url)
    }

    static func writer(_ tensors: [NamedTensor], _ metadata: [String: String]) -> SafeTensorsWriter {
        var writer = SafeTensorsWriter(metadata: metadata)
        for (name, tensor) in tensors { writer.add(name, shape: tensor.shape, floats: tensor.values) }
        return writer
    }

    /// Fills `tensors` from the file, each from the entry of its name.
    /// - Throws: `TrainingError` when one is missing, has another shape or holds what is no number, `SafeTensorsError` when one does not
    ///   hold floats; then none is changed.
    public static func fill(_ tensors: [NamedTensor], from file: SafeTensorsFile) throws {
        var read: [[Float]] = []
        for (name, tensor) in tensors {
            guard let entry = file.entries[name] else {
                throw TrainingError("\(file.url.relativePath): no tensor '\(name)'; the file belongs to another model or version")
            }
            guard entry.shape == tensor.shape else {
                throw TrainingError("\(file.url.relativePath): '\(name)' is \(entry.shape), the model needs \(tensor.shape)")
            }
            let values = try file.floats(name)
            guard isFinite(values) else {
                throw TrainingError(
                    "\(file.url.relativePath): '\(name)' holds what is no finite number; the model is ruined, train it again")
            }
            read.append(values)
        }
        for ((_, tensor), values) in zip(tensors, read) {
            values.withUnsafeBufferPointer { if tensor.count > 0 { tensor.pointer.update(from: $0.baseAddress!, count: tensor.count) } }
        }
    }

    /// Opens a checkpoint and reads the configuration of the model in it. Nothing in it is believed: a `ModelConfiguration` is checked, and
    /// held against the file, before anybody sets memory aside for such a model.
    /// - Parameters:
    ///   - kind: what the model must be, for example "video-tokenizer".
    ///   - command: what makes such a checkpoint, for the error message.
    /// - Throws: `TrainingError` or `SafeTensorsError`.
    public static func open<Configuration: Decodable>(
        _ url: URL, kind: String, madeBy command: String, as _: Configuration.Type
    ) throws -> (configuration: Configuration, file: SafeTensorsFile) {
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw TrainingError("\(url.relativePath): no such checkpoint; make it with `\(command)`")
        }
        let file: SafeTensorsFile
        do { file = try SafeTensorsFile(contentsOf: url) } catch let error as SafeTensorsError {
            throw TrainingError("\(error); make it anew with `\(command)`")
        }
        guard file.metadata["kind"] == kind else {
            throw TrainingError(
                "\(url.relativePath): holds a \(file.metadata["kind"] ?? "model of unknown kind"), not a \(kind); name another --run, "
                    + "or make it with `\(command)`"
            )
        }
        guard let json = file.metadata["configuration"],
              let configuration = try? JSONDecoder().decode(Configuration.self, from: Data(json.utf8)) else {
            throw TrainingError("\(url.relativePath): no readable configuration in its metadata; train again with `\(command)`")
        }
        func refuse(_ problem: String) -> TrainingError { TrainingError("\(url.relativePath): \(problem); make it anew with `\(command)`") }
        if let problem = try? nonsense(in: JSONSerialization.jsonObject(with: Data(json.utf8)), numbers: file.numberCount) {
            throw refuse(problem)
        }
        if let model = configuration as? any ModelConfiguration {
            do { try model.check() } catch { throw refuse("\(error)") }
            guard model.leastWeights <= Double(file.numberCount) else {
                throw refuse(
                    "its configuration is that of a model of at least \(Int(min(model.leastWeights, 1e18))) numbers, "
                        + "there are \(file.numberCount) in it"
                )
            }
        }
        return (configuration, file)
    }

    /// Opens a model of one of several families: the file's `kind` decides which.
    /// - Parameters:
    ///   - families: what the checkpoints of each call themselves, and how one is opened.
    ///   - what: for the error message, for example "world model".
    /// - Throws: `TrainingError` when it is none of them, or what opening it throws.
    public static func open<Model>(
        _ url: URL, asOneOf families: [(kind: String, open: (URL) throws -> Model)], what: String, madeBy command: String
    ) throws -> Model {
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw TrainingError("\(url.relativePath): no such checkpoint; make it with `\(command)`")
        }
        let kind: String?
        do { kind = try SafeTensorsFile(contentsOf: url).metadata["kind"] } catch let error as SafeTensorsError {
            throw TrainingError("\(error); make it anew with `\(command)`")
        }
        guard let family = families.first(where: { $0.kind == kind }) else {
            throw TrainingError("\(url.relativePath): holds a \(kind ?? "model of unknown kind"), which is no \(what); "
                + "name another --run, or make it with `\(command)`")
        }
        return try family.open(url)
    }

    /// What no configuration says, however deep in it: sizes that are larger than the whole file, and text that speaks to a terminal.
    private static func nonsense(in value: Any, numbers: Int) -> String? {
        switch value {
        case let number as NSNumber:
            abs(number.doubleValue) > Double(max(10_000, numbers))
                ? "a number in its configuration is \(number), there are \(numbers) in all of it" : nil
        case let text as String: printable(text) == text ? nil : "'\(printable(text))' in its configuration holds control characters"
        case let list as [Any]: list.lazy.compactMap { nonsense(in: $0, numbers: numbers) }.first
        case let object as [String: Any]: object.values.lazy.compactMap { nonsense(in: $0, numbers: numbers) }.first
        default: nil
        }
    }

    /// The metadata that `open` reads.
    /// - Throws: `TrainingError` when a number in the configuration is none.
    public static func metadata<Configuration: Encodable>(kind: String, configuration: Configuration) throws -> [String: String] {
        ["kind": kind, "configuration": try json(configuration)]
    }

    /// Checks that a file beside a model is the one that the model was trained with (`Run.keep`).
    /// - Throws: `TrainingError` when it is another. Models that do not say which it was are believed.
    public static func checkCompanion(_ name: String, of model: SafeTensorsFile, madeBy command: String) throws {
        let url = model.url.deletingLastPathComponent().appendingPathComponent(name)
        guard let expected = companions(of: model)[name] else { return }
        guard let bytes = try? readFile(url) else {
            throw TrainingError(
                "\(url.relativePath): is missing; \(model.url.lastPathComponent) was trained with it, so train again with `\(command)`")
        }
        guard bytes.withUnsafeBytes(fingerprint(of:)) == expected else {
            throw TrainingError("\(url.relativePath): is not the one that \(model.url.lastPathComponent) beside it was trained with; "
                + "go on with --resume if training was killed, or train again with `\(command)`")
        }
    }

    /// The fingerprints of the files that a model was trained with, by name.
    static func companions(of model: SafeTensorsFile) -> [String: String] {
        model.metadata["companions"].flatMap { try? JSONDecoder().decode([String: String].self, from: Data($0.utf8)) } ?? [:]
    }
}

/// The configuration of a model, which can be held against a file before anything of its size is set aside.
public protocol ModelConfiguration: Codable {
    /// Throws one line when the numbers do not fit each other.
    func check() throws
    /// The weights of such a model are at least so many numbers. (A Double: it cannot overflow, whatever the configuration says.)
    var leastWeights: Double { get }
}

/// A model that its checkpoint describes in full.
public protocol CheckpointedModel: Module {
    associatedtype Configuration: ModelConfiguration
    /// What its checkpoints call themselves.
    static var kind: String { get }
    /// The command that makes one, for error messages.
    static var maker: String { get }
    init(_ configuration: Configuration, using generator: inout SeededGenerator)
}

extension CheckpointedModel {
    /// Reads configuration and weights. Later stages keep copies: `command` is what makes this file anew.
    /// - Throws: `TrainingError` or `SafeTensorsError` when the file is missing, damaged, or another model's.
    public init(checkpoint url: URL, madeBy command: String? = nil) throws {
        let (configuration, file) = try Checkpoint.open(url, kind: Self.kind, madeBy: command ?? Self.maker, as: Configuration.self)
        var generator = SeededGenerator(seed: 0)
        self.init(configuration, using: &generator)
        try Checkpoint.fill(tensors, from: file)
    }
}

/// Whether all of them are numbers.
func isFinite(_ values: some Sequence<Float>) -> Bool {
    // x·0 is 0 but for infinity and what is no number: one sum tells for all, and needs no branch.
    values.reduce(0) { $0 + $1 * 0 } == 0
}

/// `value` as one line of JSON with sorted keys.
/// - Throws: `TrainingError` when a number in it is none.
public func json<Value: Encodable>(_ value: Value) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
        throw TrainingError("\(type(of: value)): cannot be written, a number in it is infinite or none at all")
    }
}
