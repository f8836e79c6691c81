// CLIPWeights.swift - how do weights that others trained come into our layers?
//
// By name: the names in the file are those of the `transformers` library's modules. Each tensor is checked against the
// configuration before it is read, and read alone: the file stays mapped, and at no time is there more than the model and one
// tensor in memory.

import Foundation
import Layers
import SafeTensors
import Tensors
import Training

/// The tensors of one module of the file, or of the files that the weights were cut into.
struct CLIPWeights {
    private let files: [SafeTensorsFile], prefix: String

    /// Names the files of weights that one would be too large for.
    static let index = "model.safetensors.index.json"

    /// - Throws: `TrainingError` when a file is missing, is no safetensors file, is cut short, or is only a pointer to one.
    init(folder: URL) throws {
        let whole = folder.appendingPathComponent("model.safetensors"), index = folder.appendingPathComponent(CLIPWeights.index)
        var urls = [whole]
        if !FileManager.default.fileExists(atPath: whole.path) {
            struct Index: Decodable { var weight_map: [String: String] }
            guard let names = try? JSONDecoder().decode(Index.self, from: read(index)).weight_map else {
                throw TrainingError("\(index.relativePath): has no weight_map of tensors and files; download it again")
            }
            urls = try Set(names.values).sorted().map { name in
                let url = folder.appendingPathComponent(name)
                guard !name.contains("/"), !name.hasPrefix(".") else {
                    throw TrainingError("\(index.relativePath): names the file '\(name)', which lies elsewhere; download it again")
                }
                guard FileManager.default.fileExists(atPath: url.path) else {
                    throw TrainingError(
                        "\(url.relativePath): no such file, and \(CLIPWeights.index) names it; download it from where the others are from")
                }
                return url
            }
        }
        files = try urls.map(CLIPWeights.open)
        prefix = ""
    }

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

    /// The tensors of a part of this module.
    func inside(_ name: String) -> CLIPWeights { CLIPWeights(files, prefix: prefix + name + ".") }

    /// - Throws: `TrainingError` when the tensor is missing, or is not what config.json says.
    func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
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

    func linear(_ name: String, _ input: Int, _ output: Int, bias: Bool = true) throws -> Linear {
        let part = inside(name)
        return Linear(weight: try part.tensor("weight", [output, input]), bias: bias ? try part.tensor("bias", [output]) : nil)
    }

    func norm(_ name: String, _ tower: CLIPConfiguration.Tower) throws -> LayerNorm {
        let part = inside(name)
        let weight = try part.tensor("weight", [tower.width]), bias = try part.tensor("bias", [tower.width])
        return LayerNorm(weight: weight, bias: bias, epsilon: tower.epsilon)
    }
}
