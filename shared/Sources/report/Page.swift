// Page.swift - from runs to one page of HTML: first the films, then what the numbers say, then stage by stage.

import Foundation

struct Page {
    let runs: [ReportedRun]
    let data: [ReportedPicture]

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>What the robot learned</title>
        <link rel="icon" href="data:,">
        <style>\(Page.style)</style>
        <main>
        <h1>What the robot learned</h1>
        \(opening)
        \(films)
        \(glance)
        \(data.isEmpty ? "" : "<section><h2 id=\"data\">What it learned from</h2>\(gallery(data))</section>")
        \(sections)
        </main>
        </html>

        """
    }

    private var opening: String {
        let isQuick = runs.contains { $0.name == "quick" || $0.name.hasSuffix("-quick") }
        let names = Set(runs.filter { $0.stage.hasPrefix("3") }.map(\.name)).sorted().map { "<b>\(escaped($0))</b>" }.joined(
            separator: ", ")
        let worlds = names.isEmpty ? "" : ", with the world models \(names)"
        let quick = """
             <b>Quick</b> runs are tiny models after a minute of training: they show the machinery, blur what is small, the toy above all \
             (kong_kept and \
            spearman are near 0), and drive badly. What is called <b>pretrained</b> are the weights that come with the workbook, of runs \
            with default settings.
            """
        return """
            <p>A page about \(runs.count) runs\(worlds). Every number was measured on episodes that the models were not trained on; beside \
            it \
            stands what a trivial guess gets.\(isQuick ? quick : "")</p>
            """
    }

    // MARK: Films

    /// The films of robots and dreams: what a reader wants to see first.
    private var films: String {
        let all = runs.flatMap { run in run.pictures.filter(\.isFilm).map { (run, $0) } }
        guard !all.isEmpty else { return "" }
        // The robots, those that find their toy first; then the dreams.
        let ordered = (0 ... 3).flatMap { rank in all.filter { self.rank($0) == rank } }
        let figures = ordered.map { run, picture in
            figure(
                picture, title: "\(picture.name.hasSuffix("drive.gif") ? "A robot looks for its toy" : "A dream"): \(label(run, picture))")
        }
        return "<section><h2 id=\"films\">Films</h2><div class=\"gallery\">\(figures.joined())</div></section>"
    }

    private func rank(_ film: (run: ReportedRun, picture: ReportedPicture)) -> Int {
        (film.picture.name.hasSuffix("drive.gif") ? 0 : 2) + (film.run.name.contains("quick") ? 1 : 0)
    }

    /// "run quick", "run default, driving in pixel-regression".
    private func label(_ run: ReportedRun, _ picture: ReportedPicture) -> String {
        let what = run.name == "pretrained"
            ? "the pretrained weights" : run.name.contains("quick") ? "the tiny models of run \(run.name)" : "run \(run.name)"
        return picture.name.contains("/") ? "\(what), in the dreams of \(picture.name.split(separator: "/")[0])" : what
    }

    // MARK: Numbers

    /// One number a run, beside what a trivial guess gets.
    private var glance: String {
        let rows = runs.compactMap { run -> String? in
            guard let row = run.row(Captions.stage(run.stage).headline) else { return nil }
            let cells = Array([row[0], row[1], row[3]])
            let name = "<a href=\"#\(anchor(run))\">\(escaped(run.stage)), \(escaped(run.name))</a>"
            return "<tr><td>\(name)</td>\(cells.map { "<td>\(escaped($0))</td>" }.joined())</tr>"
        }
        guard !rows.isEmpty else { return "" }
        return """
            <section><h2 id="glance">At a glance</h2><div class="wide"><table><thead>
            <tr><th>run</th><th>metric</th><th>value</th><th>beside it</th></tr></thead>
            <tbody>\(rows.joined())</tbody></table></div></section>
            """
    }

    private func table(_ rows: [[String]]) -> String {
        guard let header = rows.first else { return "" }
        guard header.count > 1 else { return printed(rows.map { $0.joined() }.joined(separator: "\n")) }
        let head = header.map { "<th>\(escaped($0))</th>" }.joined()
        let body = rows.dropFirst().map { "<tr>\($0.map { "<td>\(escaped($0))</td>" }.joined())</tr>" }.joined()
        return "<div class=\"wide\"><table><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>"
    }

    private func printed(_ text: String) -> String { "<pre class=\"wide\">\(escaped(text))</pre>" }

    // MARK: Stages

    private var sections: String {
        var stages: [String] = []
        for run in runs where !stages.contains(run.stage) { stages.append(run.stage) }
        return stages.map { stage in
            let about = Captions.stage(stage), own = runs.filter { $0.stage == stage }
            let next = about.next.map { "<li><code>\(escaped($0.command))</code><br>\(escaped($0.why))</li>" }.joined()
            return
                "<section><h2>\(escaped(about.title))</h2><p class=\"question\">\(escaped(about.question))</p>\(own.map(section).joined())"
                + (next.isEmpty ? "" : "<h3>What to try next, in <code>\(escaped(stage))</code></h3><ul>\(next)</ul>") + "</section>"
        }.joined()
    }

    private func section(_ run: ReportedRun) -> String {
        let shown = run.pictures.filter { !$0.isFilm && !$0.isOfTraining }, training = run.pictures.filter { !$0.isFilm && $0.isOfTraining }
        return "<h3 id=\"\(anchor(run))\">Run \(escaped(run.name))</h3>" + table(run.table)
            + run.printed.map(printed).joined() + gallery(shown)
            + (training.isEmpty ? "" : "<details><summary>How its training went</summary>\(gallery(training))</details>")
    }

    private func gallery(_ pictures: [ReportedPicture]) -> String {
        "<div class=\"gallery\">\(pictures.map { figure($0, title: $0.name) }.joined())</div>"
    }

    private func figure(_ picture: ReportedPicture, title: String) -> String {
        """
        <figure><img src="\(picture.source)" alt="\(escaped(title))"><figcaption><b>\(escaped(title))</b> \
        \(escaped(picture.caption))</figcaption></figure>
        """
    }

    private func anchor(_ run: ReportedRun) -> String { escaped("\(run.stage)-\(run.name)".replacingOccurrences(of: " ", with: "-")) }

    private func escaped(_ text: String) -> String {
        [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")].reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    }

    private static let style = """
        :root { color-scheme: light dark; --paper: #fbfaf7; --ink: #26241f; --faint: #6d6960; --line: #dcd8ce; --card: #fff; --link: \
        #1f5fa8; }
        @media (prefers-color-scheme: dark) { :root { --paper: #1b1a18; --ink: #ece8df; --faint: #a39d91; --line: #3b3934; --card: \
        #242320; --link: #8bbcf0; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
        main { max-width: 78rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
        h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .75rem; }
        h2 { font-size: 1.4rem; margin: 3rem 0 .5rem; } h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
        p { max-width: 46rem; margin: 0 0 1rem; } .question { color: var(--faint); font-style: italic; } a { color: var(--link); }
        .gallery { columns: 2 30rem; column-gap: 1.25rem; margin: 1rem 0; }
        figure { break-inside: avoid; margin: 0 0 1.25rem; padding: .75rem; background: var(--card); border: 1px solid var(--line); \
        border-radius: 8px; }
        figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; background: #fff; border-radius: 4px; }
        figcaption { color: var(--faint); font-size: .9rem; line-height: 1.45; padding-top: .6rem; } figcaption b { color: var(--ink); \
        display: block; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
        th, td { text-align: left; padding: .3rem 1.2rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        th { color: var(--faint); font-weight: 600; } td:nth-child(2), td:nth-child(3) { font-variant-numeric: tabular-nums; }
        pre, code { font: .85rem/1.5 ui-monospace, monospace; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .75rem; }
        code { overflow-wrap: anywhere; } li { margin-bottom: .6rem; } summary { cursor: pointer; color: var(--faint); margin: .75rem 0; }
        """
}
