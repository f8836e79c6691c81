// DINOConfiguration.swift - which of the published models lies in a folder?
//
// `config.json` says so. What equals a default is left out of some files, and the defaults are not the same for all: models with registers
// have patches of 16 unless they say otherwise, the others of 14. Entries that are not needed here are not looked at.

import Files
import Foundation
import Training

/// The shape of a published DINOv2 (arXiv 2304.07193), with or without registers (arXiv 2309.16588).
public struct DINOConfiguration: Equatable {
    /// E, and the inner width of the feed-forward part.
    public var width: Int, hiddenWidth: Int
    public var layers: Int, heads: Int
    /// The largest model has SwiGLU in place of two matrices with a GELU.
    public var isGated: Bool
    /// Of the layer norms: 1e-6 in the published files. Read it: older versions of the library had another default.
    public var epsilon: Float
    /// P, and the side of the pictures for which the table of positions was made.
    public var patchSize: Int, imageSize: Int
    public var hasQueryBias: Bool
    /// R: tokens that stand for no patch and give the blocks room to think. 0 in the first models.
    public var registers: Int

    /// Patches along a side of such a picture.
    public var side: Int { imageSize / patchSize }

    /// Reads `config.json`.
    /// - Throws: `TrainingError` when it cannot be read, is no JSON, or describes something else.
    public init(contentsOf url: URL) throws {
        let data: Data
        do { data = try readFile(url) } catch {
            throw TrainingError("\(url.relativePath): cannot be read; is it a file, and may you read it?")
        }
        guard let json = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw TrainingError("\(url.relativePath): not a JSON object; download config.json again")
        }
        func failure(_ key: String, _ problem: String) -> TrainingError {
            TrainingError("\(url.relativePath): \(key) \(problem); download config.json again, or choose another model")
        }
        func value<Value>(_ key: String, _ standard: Value, _ needed: String) throws -> Value {
            guard let entry = json[key], !(entry is NSNull) else { return standard }
            guard let value = entry as? Value else { throw failure(key, "is not \(needed)") }
            return value
        }
        func size(_ key: String, _ standard: Int, from low: Int = 1) throws -> Int {
            // A million is more than any real model has; beyond it products of sizes would not fit into an Int.
            let size = try value(key, standard, "a whole number")
            guard (low ... 1_000_000).contains(size) else { throw failure(key, "is not a whole number from \(low) to 1000000") }
            return size
        }
        let kind = json["model_type"] as? String ?? "none"
        guard ["dinov2", "dinov2_with_registers"].contains(kind) else {
            throw TrainingError("\(url.relativePath): describes a '\(kind)', not a 'dinov2'; download one, such as facebook/dinov2-small")
        }
        let hasRegisters = kind == "dinov2_with_registers"
        (width, layers, heads) = (try size("hidden_size", 768), try size("num_hidden_layers", 12), try size("num_attention_heads", 12))
        (patchSize, imageSize) = (try size("patch_size", hasRegisters ? 16 : 14), try size("image_size", 224))
        registers = hasRegisters ? try size("num_register_tokens", 4, from: 0) : 0
        (isGated, hasQueryBias) = (try value("use_swiglu_ffn", false, "true or false"), try value("qkv_bias", true, "true or false"))
        let inner = width * (try size("mlp_ratio", 4))
        hiddenWidth = isGated ? (inner * 2 / 3 + 7) / 8 * 8 : inner     // two thirds, for three matrices instead of two; a multiple of 8
        let number = try value("layer_norm_eps", 1e-6, "a number")
        guard number > 0, number < 1 else { throw failure("layer_norm_eps", "is not a number between 0 and 1") }
        epsilon = Float(number)
        let activation = try value("hidden_act", "gelu", "a text")
        guard isGated || activation == "gelu" else { throw failure("hidden_act", "is '\(activation)'; only gelu is known here") }
        guard try size("num_channels", 3) == 3 else { throw failure("num_channels", "is not 3, as RGB pictures have") }
        guard width % heads == 0 else { throw failure("hidden_size", "is \(width), which \(heads) heads do not divide") }
        guard patchSize <= imageSize else { throw failure("patch_size", "is \(patchSize), too large for pictures of \(imageSize)") }
    }
}
