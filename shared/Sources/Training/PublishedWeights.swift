// PublishedWeights.swift - how do weights that others trained come into our layers?
//
// By name: the names in the file are those of the `transformers` library's modules. Each tensor is checked against what config.json says
// before it is read, and read alone: the file stays mapped, and at no time is there more than the model and one tensor in memory.

import Files
import Foundation
import Layers
import SafeTensors
import Tensors

/// The tensors of one module of the file, or of the files that the weights were cut into.
public struct PublishedWeights {
    private let files: [SafeTensorsFile], prefix: String

    /// Names the files of weights that one would be too large for.
    public static let index = "model.safetensors.index.json"

    /// - Throws: `TrainingError` when a file is missing, is no safetensors file, is cut short, or is only a pointer to one.
    public init(folder: URL) throws {
        let whole = folder.appendingPathComponent("model.safetensors"), index = folder.appendingPathComponent(PublishedWeights.index)
        var urls = [whole]
        if !FileManager.default.fileExists(atPath: whole.path) {
            struct Index: Decodable { var weight_map: [String: String] }
            guard let names = try? JSONDecoder().decode(Index.self, from: readFile(index, atMost: 500_000_000)).weight_map,
                !names.isEmpty
            else {
                throw TrainingError("\(index.relativePath): has no weight_map of tensors and files; download it again")
            }
            urls = try Set(names.values).sorted().map { name in
                let url = folder.appendingPathComponent(name)
                guard !name.contains("/"), !name.hasPrefix(".") else {
                    throw TrainingError("\(index.relativePath): names the file '\(name)', which lies elsewhere; download it again")
                }
                guard FileManager.default.fileExists(atPath: url.path) else {
                    throw TrainingError(
                        "\(url.relativePath): no such file, and \(PublishedWeights.index) names it; "
                            + "download it from where the others are from")
                }
                return url
            }
        }
        files = try urls.map(PublishedWeights.open)
        prefix = ""
    }

    /// A file that is known to hold the whole model.
    public init(contentsOf url: URL) throws { (files, prefix) = ([try PublishedWeights.open(url)], "") }

    private static func open(_ url: URL) throws -> SafeTensorsFile {
        do { return try SafeTensorsFile(contentsOf: url) } catch let error as SafeTensorsError {
            // A clone without Git LFS leaves three lines of text in the place of each large file.
            let start = (try? FileHandle(forReadingFrom: url).read(upToCount: 23)) ?? Data()
            if start.starts(with: Array("version https://git-lfs".utf8)) {
                throw TrainingError("\(url.relativePath): only a pointer to the weights; fetch them with `git lfs pull`")
            }
            throw TrainingError("\(error); download it again")
        }
    }

    private init(_ files: [SafeTensorsFile], prefix: String) { (self.files, self.prefix) = (files, prefix) }

    /// Whether there is a whole model in the folder, in one file or in several.
    public static func exist(in folder: URL) -> Bool {
        ["model.safetensors", index].contains { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path) }
    }

    /// Says what is missing from a folder.
    /// - Parameter files: of the model, among them `model.safetensors`, which may lie in several.
    public static func check(_ folder: URL, for files: [String], of model: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            let list = files.joined(separator: files.count == 2 ? " and " : ", ")
            throw TrainingError("\(folder.relativePath): there is no such folder; make it, with \(list) of a \(model) in it")
        }
        func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) }
        let hasWeights = exist(in: folder)
        guard let missing = files.first(where: { !exists($0) && !($0 == "model.safetensors" && hasWeights) }) else { return }
        let other = ["pytorch_model.bin", "pytorch_model.bin.index.json"].first(where: exists)
        let hint = missing == "model.safetensors" ? other.map { " (there is \($0), which cannot be read here)" } ?? "" : ""
        throw TrainingError(
            "\(folder.appendingPathComponent(missing).relativePath): no such file\(hint); "
                + "download it from where the \(files.count == 2 ? "other is" : "others are") from")
    }

    /// Whether some tensor of this module has a name that begins so.
    public func hasNames(beginning start: String) -> Bool { files.contains { $0.entries.keys.contains { $0.hasPrefix(prefix + start) } } }

    /// The tensors of a part of this module.
    public func inside(_ name: String) -> PublishedWeights { PublishedWeights(files, prefix: prefix + name + ".") }

    /// - Throws: `TrainingError` when the tensor is missing, or is not what config.json says.
    public func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
        let name = prefix + name
        let file = files.first { $0.entries[name] != nil || $0.unknownTypes[name] != nil } ?? files[0]
        func failure(_ problem: String) -> TrainingError {
            TrainingError("\(file.url.relativePath): '\(name)' \(problem); download both again, of the same model")
        }
        if let type = file.unknownTypes[name] {
            throw TrainingError("\(file.url.relativePath): '\(name)' is \(type); download the weights as F32, F16 or BF16")
        }
        guard let entry = file.entries[name] else { throw failure("is not in it, and config.json asks for it") }
        guard entry.shape == shape else { throw failure("is \(entry.shape), config.json asks for \(shape)") }
        do { return Tensor(try file.floats(name), shape: shape) } catch let error as SafeTensorsError {
            throw TrainingError("\(error); download the weights as F32, F16 or BF16")
        }
    }

    public func linear(_ name: String, _ input: Int, _ output: Int, bias: Bool = true) throws -> Linear {
        let part = inside(name)
        return Linear(weight: try part.tensor("weight", [output, input]), bias: bias ? try part.tensor("bias", [output]) : nil)
    }

    public func norm(_ name: String, _ width: Int, epsilon: Float) throws -> LayerNorm {
        let part = inside(name)
        return LayerNorm(weight: try part.tensor("weight", [width]), bias: try part.tensor("bias", [width]), epsilon: epsilon)
    }
}
