// DINOWeights.swift - how do weights that others trained come into our layers?
//
// By name, each checked against the configuration before it is read. The names are those of the published files; a model that was saved
// with a classifier on top has "dinov2." in front of each, and the classifier is left alone.

import Foundation
import Layers
import SafeTensors
import Tensors
import Training

/// The tensors of one module of the file.
struct DINOWeights {
    private let file: SafeTensorsFile, prefix: String

    /// - Throws: `TrainingError` when the file is no safetensors file, is cut short, or is only a pointer to one.
    init(contentsOf url: URL) throws {
        do { file = try SafeTensorsFile(contentsOf: url) } catch let error as SafeTensorsError {
            // A clone without Git LFS leaves three lines of text in the place of each large file.
            let start = (try? FileHandle(forReadingFrom: url).read(upToCount: 23)) ?? Data()
            if start.starts(with: Array("version https://git-lfs".utf8)) {
                throw TrainingError("\(url.relativePath): only a pointer to the weights; fetch them with `git lfs pull`")
            }
            throw TrainingError("\(error); download it again")
        }
        prefix = file.entries.keys.contains { $0.hasPrefix("dinov2.") } ? "dinov2." : ""
    }

    private init(_ file: SafeTensorsFile, prefix: String) { (self.file, self.prefix) = (file, prefix) }

    /// The tensors of a part of this module.
    func inside(_ name: String) -> DINOWeights { DINOWeights(file, prefix: prefix + name + ".") }

    /// - Throws: `TrainingError` when the tensor is missing, or is not what config.json says.
    func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
        let name = prefix + name
        func failure(_ problem: String) -> TrainingError {
            TrainingError("\(file.url.relativePath): '\(name)' \(problem); download both again, of the same model")
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

    func norm(_ name: String, _ c: DINOConfiguration) throws -> LayerNorm {
        let part = inside(name)
        return LayerNorm(weight: try part.tensor("weight", [c.width]), bias: try part.tensor("bias", [c.width]), epsilon: c.epsilon)
    }
}
