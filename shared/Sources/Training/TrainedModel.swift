// TrainedModel.swift - an earlier stage's model, and which one it was.

import Files
import Foundation
import SafeTensors

/// A model with the file it came from, and the bytes that were in it then.
public struct TrainedModel<Model> {
    public let model: Model
    public let url: URL
    /// The file may be another by the time that a run keeps a copy of it.
    public let bytes: Data

    /// - Throws: what `open` throws; `TrainingError` when the file is replaced at this very moment.
    public init(_ url: URL, open: (URL) throws -> Model) throws {
        func read() -> Data { (try? readFile(url)) ?? Data() }
        let before = read()
        (model, self.url) = (try open(url), url)
        bytes = read()
        guard bytes == before else { throw TrainingError("\(url.relativePath): was replaced while it was read; start again") }
    }

    /// Sixteen digits that change when the file's bytes do.
    public var fingerprint: String { bytes.withUnsafeBytes(SafeTensors.fingerprint(of:)) }
}
