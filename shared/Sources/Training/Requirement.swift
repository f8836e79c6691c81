// Requirement.swift - how does a configuration say that its numbers do not fit each other?
//
// In one line, in the model's name:
//
//   let require = Requirement(of: "dynamics configuration")
//   try require(blocks > 0, "blocks are positive")
//
// What several configurations require stands here.

/// What the configuration of one kind of model must keep to.
public struct Requirement {
    private let name: String

    /// - Parameter name: whose configuration it is, for the errors.
    public init(of name: String) { self.name = name }

    public func callAsFunction(_ isTrue: Bool, _ message: @autoclosure () -> String) throws {
        if !isTrue { throw TrainingError("\(name): \(message())") }
    }

    /// Whole patches, and no more than attention can bear.
    public func patches(of patchSize: Int, in imageSize: Int) throws {
        try self(
            imageSize > 0 && patchSize > 0 && imageSize % patchSize == 0,
            "the image size \(imageSize) is not a multiple of the patch size \(patchSize)")
        try self(imageSize / patchSize <= 128, "more than 128 patches a side are no laptop's")
    }

    /// In each head pairs for rows and columns, which rotary positions turn.
    public func heads(_ heads: Int, in width: Int, because reason: String? = nil) throws {
        try self(
            (1 ... 65536).contains(heads) && width > 0 && width % (4 * heads) == 0,
            "the width \(width) is not a multiple of 4 × \(heads) heads\(reason.map { " (\($0))" } ?? "")")
    }

    /// FSQ's levels, whose product is the number of codes.
    public func levels(_ levels: [Int], atMost most: Int) throws {
        let codes = levels.reduce(1.0) { $0 * Double($1) }  // an Int could overflow here
        try self(
            !levels.isEmpty && levels.allSatisfy { $0 >= 2 } && codes <= Double(most),
            "levels \(levels) must be at least 2 each, with a product of at most \(most)")
    }

    public func framesPerSecond(_ rate: Double) throws {
        try self((0.01 ... 1000).contains(rate), "\(rate) frames a second are none that data can have")
    }
}
