// Printable.swift - what may a file say on somebody's terminal?
//
// Names of tensors, actions and files come from outside and end up in messages. A line feed in one makes two messages of one; an
// escape sequence clears the screen, or sets its title. So what is not a visible character is shown as what it is.

import Foundation

/// `text` in one line, control characters written as escapes.
public func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where isControl(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
}

/// Control characters, line separators, and what turns the direction of writing around.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0 ..< 0x20, 0x7F ..< 0xA0, 0x200E, 0x200F, 0x2028 ... 0x202E, 0x2066 ... 0x2069: true
    default: false
    }
}

/// `word` as a shell takes it for one word: a command that is printed can be copied, whatever is in its paths.
public func shellQuoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
        (UInt8(ascii: "a") ... UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A") ... UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0") ... UInt8(ascii: "9")).contains(byte) || "_-./,:=+@%".utf8.contains(byte)
    }
    return plain && !word.isEmpty ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
}
