// ReportedRun.swift - what did a run leave behind that is worth a look?

import Files
import Foundation
import Training

/// A picture or film of a run, as it stands in the page.
struct ReportedPicture {
    /// Of the file, with the folder within the run: "pretrained/captions.png".
    let name: String
    let caption: String
    /// "data:image/png;base64,..."
    let source: String
    var isFilm: Bool { name.hasSuffix(".gif") }
    /// Charts of the training: of interest when something went wrong.
    var isOfTraining: Bool {
        ["loss.png", "psnr.png", "samples.png", "retrieval.png"].contains(name.split(separator: "/").last.map(String.init) ?? "")
    }
}

struct ReportedRun {
    /// Of the stage: "3.dynamics-model"; and of the run.
    let stage, name: String
    /// The table of `validation.txt`: metric, value, expected, baseline. The first row is the header. Empty
    /// when the run was not validated, only used.
    let table: [[String]]
    /// What `compare` and `drive` printed.
    let printed: [String]
    let pictures: [ReportedPicture]

    /// Nil when the run has neither been validated nor driven.
    init?(_ folder: URL) throws {
        func text(_ name: String) -> String? {
            (try? readFile(folder.appendingPathComponent(name))).map { String(decoding: $0, as: UTF8.self) }
        }
        let validation = text("validation.txt"), drive = text("drive.txt")
        if validation == nil && drive == nil { return nil }
        let path = folder.standardizedFileURL.pathComponents, stage = path.count > 2 ? path[path.count - 3] : ""
        (self.stage, name) = (stage, folder.lastPathComponent)
        table = validation.map(ReportedRun.columns) ?? []
        // Pictures lie in the run's folder, and in folders of what belongs to it.
        let parts = [""] + ReportedRun.items(folder).filter { !$0.contains(".") && !$0.hasPrefix("labels-") && !$0.hasPrefix("regressor-") }
        printed = parts.compactMap { text("\($0)/comparison.txt") } + [drive].compactMap { $0 }
        pictures = try parts.flatMap { try ReportedRun.pictures(of: stage, in: folder, $0) }
    }

    /// All PNG and GIF files of a folder: those that the page knows what to say of first, in that order.
    static func pictures(of stage: String, in folder: URL, _ part: String = "") throws -> [ReportedPicture] {
        let place = part.isEmpty ? folder : folder.appendingPathComponent(part), known = Captions.order
        func rank(_ name: String) -> (Int, String) { (known.firstIndex { $0.file == name } ?? known.count, name) }
        return try items(place).filter { $0.hasSuffix(".png") || $0.hasSuffix(".gif") }.sorted { rank($0) < rank($1) }.map { name in
            let bytes = try readFile(place.appendingPathComponent(name))
            let kind = name.hasSuffix(".gif") ? "gif" : "png", path = part.isEmpty ? name : "\(part)/\(name)"
            let caption = Captions.caption(of: name, in: stage)
            return ReportedPicture(name: path, caption: caption, source: "data:image/\(kind);base64," + bytes.base64EncodedString())
        }
    }

    private static func items(_ folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }

    /// The cells of a table whose second line says with dashes how wide its columns are.
    static func columns(_ text: String) -> [[String]] {
        let lines = text.split(separator: "\n").map(Array.init)
        guard lines.count > 1, lines[1].allSatisfy({ $0 == "-" || $0 == " " }) else { return lines.map { [String($0)] } }
        let starts = lines[1].indices.filter { lines[1][$0] == "-" && ($0 == 0 || lines[1][$0 - 1] == " ") }
        return lines.enumerated().filter { $0.offset != 1 }.map { _, line in
            starts.enumerated().map { i, start in
                let end = min(line.count, i + 1 < starts.count ? starts[i + 1] : line.count)
                return start < end ? String(line[start ..< end]).trimmingCharacters(in: .whitespaces) : ""
            }
        }
    }

    func row(_ metric: String) -> [String]? { table.dropFirst().first { $0.first == metric && $0.count == 4 } }
}
