import Files

/// Something in the world is not as a command needs it: one line that says what, which file, and what to do.
public struct TrainingError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = printable(description) }
}
