// CLIPConfiguration.swift - which of the published models lies in a folder?
//
// `config.json` says so, but it is a grown file: what equals a default is left out, the oldest files hold the two towers a second
// time under `text_config_dict` and `vision_config_dict` (which then count), and their `eos_token_id` is wrong. All three are
// read here as the `transformers` library reads them, so that a folder means the same model in both.

import Files
import Foundation
import Training

/// The shape of a published CLIP (arXiv 2103.00020, section 2.4): an image tower and a text tower into one space.
public struct CLIPConfiguration: Equatable {
    /// What both transformers have.
    public struct Tower: Equatable {
        public var width: Int               // E
        public var hiddenWidth: Int         // of the feed-forward part, 4·E in all published models
        public var layers: Int, heads: Int
        public var activation: Activation
        public var epsilon: Float           // of the layer norms
    }

    /// The published models were trained with the first, later ones of the same layout with the second.
    public enum Activation: String { case quickGELU = "quick_gelu", gelu }

    public var text: Tower, vision: Tower
    /// V, and the most tokens that a sentence may have.
    public var vocabularySize: Int, textLength: Int
    /// The token at which the text tower's answer is read; 2 has a meaning of its own (CLIPTextTransformer.swift).
    public var endToken: Int
    /// H = W, and P.
    public var imageSize: Int, patchSize: Int
    /// The dimensions of the space in which pictures and sentences meet.
    public var projectionWidth: Int
}

extension CLIPConfiguration {
    /// Reads `config.json`.
    /// - Throws: `TrainingError` when it cannot be read, is no JSON, or describes something that is not a CLIP.
    public init(contentsOf url: URL) throws {
        let data = try read(url)
        guard let json = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw TrainingError("\(url.relativePath): not a JSON object; download config.json again")
        }
        let top = Entries(json, of: url, path: "")
        let kind = json["model_type"] as? String ?? "clip"
        guard kind == "clip" else {
            throw TrainingError(
                "\(url.relativePath): describes a '\(kind)', not a 'clip'; download one, such as openai/clip-vit-base-patch32")
        }
        // A `.._dict` replaces the other altogether: what it leaves out is the default, not what the other says.
        let text = try top.entries("text_config_dict") ?? top.entries("text_config") ?? Entries([:], of: url, path: "text_config.")
        let vision = try top.entries("vision_config_dict") ?? top.entries("vision_config") ?? Entries([:], of: url, path: "vision_config.")

        // The defaults are those of ViT-B/32.
        self.text = try Tower(text, width: 512, hiddenWidth: 2048, heads: 8)
        self.vision = try Tower(vision, width: 768, hiddenWidth: 3072, heads: 12)
        vocabularySize = try text.size("vocab_size", 49408)
        textLength = try text.size("max_position_embeddings", 77)
        endToken = try text.size("eos_token_id", 49407)
        imageSize = try vision.size("image_size", 224)
        patchSize = try vision.size("patch_size", 32)
        projectionWidth = try top.size("projection_dim", 512)
        guard textLength >= 2 else { throw text.failure("max_position_embeddings", "is \(textLength), too few for any sentence") }
        guard patchSize <= imageSize else { throw vision.failure("patch_size", "is \(patchSize), too large for pictures of \(imageSize)") }
        guard try vision.size("num_channels", 3) == 3 else { throw vision.failure("num_channels", "is not 3, as RGB pictures have") }
    }
}

extension CLIPConfiguration.Tower {
    fileprivate init(_ entries: Entries, width defaultWidth: Int, hiddenWidth defaultHidden: Int, heads defaultHeads: Int) throws {
        width = try entries.size("hidden_size", defaultWidth)
        hiddenWidth = try entries.size("intermediate_size", defaultHidden)
        layers = try entries.size("num_hidden_layers", 12)
        heads = try entries.size("num_attention_heads", defaultHeads)
        epsilon = try entries.number("layer_norm_eps", 1e-5)
        let name = try entries.text("hidden_act", "quick_gelu")
        guard let activation = CLIPConfiguration.Activation(rawValue: name) else {
            throw entries.failure("hidden_act", "is '\(name)'; only quick_gelu and gelu are known here")
        }
        self.activation = activation
        guard width % heads == 0 else { throw entries.failure("hidden_size", "is \(width), which \(heads) heads do not divide") }
    }
}

/// A JSON object whose entries may be missing, or null.
private struct Entries {
    let json: [String: Any], url: URL, path: String

    init(_ json: [String: Any], of url: URL, path: String) { (self.json, self.url, self.path) = (json, url, path) }

    /// The largest size that any real model comes near; beyond it, products of sizes would no longer fit into an Int.
    private static let largest = 1_000_000

    func size(_ key: String, _ standard: Int) throws -> Int {
        guard let size = value(key, standard), (1 ... Entries.largest).contains(size) else {
            throw failure(key, "is not a whole number from 1 to \(Entries.largest)")
        }
        return size
    }

    func number(_ key: String, _ standard: Double) throws -> Float {
        guard let number = value(key, standard), number > 0, number < 1 else {
            throw failure(key, "is not a number between 0 and 1")
        }
        return Float(number)
    }

    func text(_ key: String, _ standard: String) throws -> String {
        guard let text = value(key, standard) else { throw failure(key, "is not a text") }
        return text
    }

    func entries(_ key: String) throws -> Entries? {
        guard let object = value(key, [:]) as [String: Any]? else { throw failure(key, "is not an object") }
        return isMissing(key) ? nil : Entries(object, of: url, path: path + key + ".")
    }

    func failure(_ key: String, _ problem: String) -> TrainingError {
        TrainingError("\(url.relativePath): \(path)\(key) \(problem); download config.json again, or choose another model")
    }

    private func isMissing(_ key: String) -> Bool { json[key] == nil || json[key] is NSNull }

    /// nil where something of another type stands.
    private func value<Value>(_ key: String, _ standard: Value) -> Value? { isMissing(key) ? standard : json[key] as? Value }
}

/// All bytes of a small file, without the mark that some editors put at the front of a text.
func read(_ url: URL) throws -> Data {
    do {
        let data = try readFile(url, atMost: 500_000_000)
        return data.starts(with: [0xEF, 0xBB, 0xBF]) ? Data(data.dropFirst(3)) : data
    } catch {
        throw TrainingError("\(url.relativePath): cannot be read; is it a file, and may you read it?")
    }
}
