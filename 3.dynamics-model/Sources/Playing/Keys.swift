// Keys.swift - which key does what?
//
// Keys have the names that browsers give them ("ArrowLeft"), so that the page and the terminal share one table. A model whose
// actions nobody named ("code 0", "code 1", ...) is driven with the digits.

import WorldModels

public enum Keys {
    /// The key of each command, in their order; nil where there are more commands than keys.
    public static func keys(for commands: [Command]) -> [String?] {
        let robot = [
            "stop": " ", "turn left": "ArrowLeft", "turn right": "ArrowRight", "forward": "ArrowUp", "backward": "ArrowDown",
        ]
        return commands.enumerated().map { index, command in robot[command.name] ?? (index < 9 ? "\(index + 1)" : nil) }
    }

    /// Takes all whole keys off the front of what a terminal sent. What may be the beginning of an escape sequence stays.
    public static func take(from bytes: inout [UInt8]) -> [String] {
        let escape: UInt8 = 27
        var keys: [String] = []
        while let first = bytes.first {
            if first == escape {
                guard bytes.count > 1 else { break }
                // ESC [ or ESC O, digits and semicolons, a letter: that is how terminals spell keys that have no character.
                guard bytes[1] == UInt8(ascii: "[") || bytes[1] == UInt8(ascii: "O") else {
                    bytes.removeFirst()
                    continue
                }
                guard let end = bytes.dropFirst(2).firstIndex(where: { (0x40 ... 0x7E).contains($0) }) else {
                    if bytes.count > 16 { bytes.removeAll() }   // no key is spelled that long
                    break
                }
                let arrows = ["A": "ArrowUp", "B": "ArrowDown", "C": "ArrowRight", "D": "ArrowLeft"]
                if let arrow = arrows[String(UnicodeScalar(bytes[end]))] { keys.append(arrow) }
                bytes.removeFirst(end + 1)
            } else {
                if first == 3 || first == 4 { keys.append("q") }   // Ctrl-C, Ctrl-D
                if first == 26 { keys.append("stop") }             // Ctrl-Z
                if (32 ..< 127).contains(first) { keys.append(String(UnicodeScalar(first))) }
                bytes.removeFirst()
            }
        }
        return keys
    }
}
