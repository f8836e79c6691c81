// AddedToken.swift - which words did somebody teach a model after it was published?
//
// "<my-robot>" as one token with an embedding of its own (textual inversion, arXiv 2208.01618). No merge leads to it: it is
// looked for in the text before anything else. Three files may name such tokens, older and newer ones; the newest that is there
// counts, as in the `transformers` library.

import Foundation
import Training

public struct AddedToken: Equatable {
    public let content: String, id: Int
    /// Whether it is found in the composed and lowered text, whatever its case is, and whether only where no letter touches it.
    public let isNormalized: Bool, isSingleWord: Bool

    /// Those of a model's folder; without the start and the end of a text, which every CLIP has.
    /// - Throws: `TrainingError` when a file that is there is damaged.
    static func read(from folder: URL) throws -> [AddedToken] {
        func json(_ name: String) throws -> (url: URL, [String: Any])? {
            let url = folder.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: url.path) else { return nil }
            guard let object = try? JSONSerialization.jsonObject(with: PublishedCLIP.read(url)) as? [String: Any] else {
                throw failure(url)
            }
            return (url, object)
        }
        func failure(_ url: URL) -> TrainingError {
            TrainingError("\(url.relativePath): its added tokens cannot be read; download it again")
        }
        func token(_ object: Any?, _ id: Int?, _ url: URL) throws -> AddedToken {
            guard let object = object as? [String: Any], let content = object["content"] as? String, !content.isEmpty,
                  let id = id ?? (object["id"] as? NSNumber)?.intValue, (0 ..< 10_000_000).contains(id) else { throw failure(url) }
            func flag(_ key: String, _ standard: Bool) -> Bool { object[key] as? Bool ?? standard }
            return AddedToken(
                content: content, id: id, isNormalized: flag("normalized", !flag("special", false)),
                isSingleWord: flag("single_word", false))
        }
        var tokens: [AddedToken] = []
        if let (url, object) = try json("tokenizer.json"), let list = object["added_tokens"], !(list is NSNull) {
            guard let list = list as? [Any] else { throw failure(url) }
            tokens = try list.map { try token($0, nil, url) }
        } else if let (url, object) = try json("tokenizer_config.json"), let list = object["added_tokens_decoder"], !(list is NSNull) {
            guard let list = list as? [String: Any] else { throw failure(url) }
            tokens = try list.map { key, value in
                guard let id = Int(key) else { throw failure(url) }
                return try token(value, id, url)
            }
        } else if let (url, object) = try json("added_tokens.json") {
            tokens = try object.map { try token(["content": $0], ($1 as? NSNumber)?.intValue, url) }
        }
        return tokens.filter { ![BytePairTokenizer.start, BytePairTokenizer.end].contains($0.content) }.sorted { $0.id < $1.id }
    }
}
