// TrainedModel.swift - an earlier stage's model, and which one it was.

import Foundation

/// A model with the file it came from.
public struct TrainedModel<Model> {
    public let model: Model
    public let url: URL

    public init(_ url: URL, open: (URL) throws -> Model) throws { (model, self.url) = (try open(url), url) }

    /// Sixteen digits that change when the file's bytes do (FNV-1a).
    public var fingerprint: String {
        let bytes = (try? Data(contentsOf: url, options: .mappedIfSafe)) ?? Data()
        let hash = bytes.withUnsafeBytes { $0.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }
        return String(hash, radix: 16)
    }
}
