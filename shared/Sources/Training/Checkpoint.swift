// Checkpoint.swift - how does a model outlive its process?
//
// model.safetensors: the weights under their dotted names; what model it is, and its configuration as JSON, in the
// metadata. It opens in Python with `safetensors.numpy.load_file`. training-state.safetensors: weights again, the
// optimizers' moments, the step and the state of every random number generator. It is complete in itself, so that a kill
// between the two files does no harm.

import Foundation
import Layers
import SafeTensors
import Tensors

/// Writes and reads models as safetensors files.
public enum Checkpoint {
    /// Writes `tensors` with their description to `url`, whole or not at all.
    /// - Throws: `FileError`.
    public static func write(_ tensors: [NamedTensor], metadata: [String: String], to url: URL) throws {
        var writer = SafeTensorsWriter(metadata: metadata)
        for (name, tensor) in tensors { writer.add(name, shape: tensor.shape, floats: tensor.values) }
        try writer.write(to: url)
    }

    /// Fills `tensors` from the file, each from the entry of its name.
    /// - Throws: `TrainingError` when one is missing or has another shape, `SafeTensorsError` when one does not hold floats;
    ///   then none is changed.
    public static func fill(_ tensors: [NamedTensor], from file: SafeTensorsFile) throws {
        var read: [[Float]] = []
        for (name, tensor) in tensors {
            guard let entry = file.entries[name] else {
                throw TrainingError("\(file.url.relativePath): no tensor '\(name)'; the file belongs to another model or version")
            }
            guard entry.shape == tensor.shape else {
                throw TrainingError("\(file.url.relativePath): '\(name)' is \(entry.shape), the model needs \(tensor.shape)")
            }
            read.append(try file.floats(name))
        }
        for ((_, tensor), values) in zip(tensors, read) {
            values.withUnsafeBufferPointer { if tensor.count > 0 { tensor.pointer.update(from: $0.baseAddress!, count: tensor.count) } }
        }
    }

    /// Opens a checkpoint and reads the configuration of the model in it.
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
            throw TrainingError("\(url.relativePath): holds a \(file.metadata["kind"] ?? "model of unknown kind"), not a \(kind); name another --run, or make it with `\(command)`")
        }
        guard let json = file.metadata["configuration"],
              let configuration = try? JSONDecoder().decode(Configuration.self, from: Data(json.utf8)) else {
            throw TrainingError("\(url.relativePath): no readable configuration in its metadata; train again with `\(command)`")
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

    /// The metadata that `open` reads.
    public static func metadata<Configuration: Encodable>(kind: String, configuration: Configuration) -> [String: String] {
        ["kind": kind, "configuration": json(configuration)]
    }
}

/// `value` as one line of JSON with sorted keys.
public func json<Value: Encodable>(_ value: Value) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: (try? encoder.encode(value)) ?? Data("null".utf8), as: UTF8.self)
}
