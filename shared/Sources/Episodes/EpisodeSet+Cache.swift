// EpisodeSet+Cache.swift - what was once found out about an episode is kept beside it.
//
// Tokens, latents and expectations cost minutes and do not change while a model learns from them. They lie in a folder beside the split,
// whose name says which models made them; the file says of which frames they are, so episodes that were replaced find none of the old ones.

import Files
import Foundation
import SafeTensors

extension EpisodeSet {
    /// What names of caches begin with. By that, and by what is in it, a folder is known as ours (DataFolder+Ownership.swift).
    static let cacheKinds = ["tokens-", "latents-", "actions-", "expected-", "scores-", "surfaces-"]

    /// One value for each episode, from this split's file in the folder `name` beside the episodes; or made, and written there.
    /// - Parameters:
    ///   - verb: says what is done while a value has to be made.
    ///   - read: a value from the file, under the episode's name; nil, or an error, where it does not
    ///     fit the episode: then all are made anew.
    /// - Throws: `EpisodeError` or `FileError` when the cache cannot be written.
    /// - Precondition: the name is that of a cache.
    public func cached<Value>(
        _ name: String, verb: String = "encoding", read: (SafeTensorsFile, _ name: String, EpisodeFile) throws -> Value?,
        make: (_ episode: Int) -> Value, write: (inout SafeTensorsWriter, _ name: String, Value) -> Void
    ) throws -> [Value] {
        precondition(EpisodeSet.cacheKinds.contains(where: name.hasPrefix), "no kind of cache: \(name)")
        let folder = url.deletingLastPathComponent().appendingPathComponent(name)
        let place = folder.appendingPathComponent(url.lastPathComponent).appendingPathExtension("safetensors")
        let names = episodes.map { $0.url.lastPathComponent }, data = fingerprint
        if let file = try? SafeTensorsFile(contentsOf: place), file.metadata["episodes"] == data,
            let values = try? zip(names, episodes).map({ try read(file, $0, $1) }), values.allSatisfy({ $0 != nil })
        {
            return values.map { $0! }
        }
        print("\(verb) \(frameCount) frames of \(url.relativePath) into \(name)")
        var writer = SafeTensorsWriter(metadata: ["kind": "episode-cache", "episodes": data])
        let values = episodes.indices.map(make)
        for (name, value) in zip(names, values) { write(&writer, name, value) }
        try makeFolder(folder)
        try writer.write(to: place)
        return values
    }
}
