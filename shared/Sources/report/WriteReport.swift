// WriteReport.swift - what came of it? One page in place of thirty files.
//
// Everything stands in the page itself, pictures too: it can be opened without a network, and sent to somebody.

import ArgumentParser
import Files
import Foundation
import Training

@main
struct WriteReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write one page with the tables, charts and films of runs: what to notice, and what to try next.")

    @Argument(help: "Folders of runs, such as 1.video-tokenizer/checkpoints/default; what has not been validated yet is left out.")
    var runs: [String]
    @Option(help: "The folder of the episodes, whose contact sheet and film begin the page.") var data: String?
    @Option(help: "The page to write.") var output = "report.html"

    func validate() throws {
        if !output.lowercased().hasSuffix(".html") { throw ValidationError("--output is a page: '\(output)' does not end in .html") }
    }

    func run() throws {
        let found = try runs.map { URL(fileURLWithPath: $0) }.compactMap(ReportedRun.init)
        guard !found.isEmpty else {
            throw TrainingError(
                "\(runs.joined(separator: ", ")): no run here has been validated yet; make one with `shared/scripts/run --quick`")
        }
        let pictures = try data.map { try ReportedRun.pictures(of: "data", in: URL(fileURLWithPath: $0)) } ?? []
        let page = Page(runs: found, data: pictures).html
        try writeAtomically(Data(page.utf8), to: URL(fileURLWithPath: output))
        print("\(output): \(found.count) runs, \(found.reduce(pictures.count) { $0 + $1.pictures.count }) pictures and films")
    }
}
