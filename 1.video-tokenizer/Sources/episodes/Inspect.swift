// Inspect.swift - what is in a data folder, in numbers and in pictures?

import ArgumentParser
import Episodes
import Foundation
import Pictures

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what is in a data set: numbers, a contact sheet and a preview GIF (written into the data folder).")

    @OptionGroup var data: DataOptions

    func run() throws {
        let splits = try Split.allCases.filter { $0 == .train || EpisodeSet.exists(data.folder, $0) }
            .map { (split: $0, set: try EpisodeSet(data.folder, $0)) }
        for (split, set) in splits { printStatistics(split, EpisodeStatistics(set)) }

        let sheet = data.folder.appendingPathComponent("contact-sheet.png"), preview = data.folder.appendingPathComponent("preview.gif")
        print()
        try write(sheet) { try contactSheet(splits).writePNG(to: sheet, by: "episodes inspect") }
        try write(preview) { try previewAnimation(splits[0].set).writeGIF(to: preview, dithered: false, by: "episodes inspect") }
    }

    /// Leaves alone what has one of our names but is not ours.
    private func write(_ url: URL, _ body: () throws -> Void) throws {
        var status = stat()
        guard lstat(url.path, &status) != 0 || isMadeHere(url, by: "episodes inspect") else {
            return print("\(url.relativePath): not made by `episodes inspect`, so it is left as it is; move it away to see this data set")
        }
        try body()
        print(url.relativePath)
    }

    private func printStatistics(_ split: Split, _ statistics: EpisodeStatistics) {
        func row(_ name: String, _ value: String) { print("  " + name.padding(toLength: 24, withPad: " ", startingAt: 0) + value) }
        print("\(split.rawValue)")
        row("episodes", "\(statistics.episodes)")
        row("frames", "\(statistics.frames) of \(statistics.width)x\(statistics.height)"
            + (statistics.framesPerSecond.map { String(format: ", %g a second", $0) } ?? ""))
        if let share = statistics.visibleShare { row("Kong visible", String(format: "%.0f %% of frames", 100 * share)) }
        if let reward = statistics.meanReward { row("mean reward", String(format: "%.3f", reward)) }
        row("mean change of a frame", String(format: "%.1f of 255", statistics.meanChange))
        let total = statistics.actions.reduce(0) { $0 + $1.count }
        for action in statistics.actions {
            row(
                "- " + action.name,
                String(format: "%4.1f %% of actions, change %.1f", 100 * Double(action.count) / Double(total), action.change))
        }
    }

    /// Three episodes of each split, a row each: eight consecutive frames, captioned with the action that follows.
    private func contactSheet(_ splits: [(split: Split, set: EpisodeSet)]) -> Image {
        var rows: [[Image]] = [], labels: [String] = [], captions: [String] = []
        for (split, set) in splits {
            for episode in spread(set.episodes, 3) {
                let start = max(0, episode.frameCount / 2 - 4), frames = start ..< min(start + 8, episode.frameCount)
                rows.append(frames.map { small(episode.image($0)) })
                labels.append(split.rawValue)
                captions += frames.map { caption(episode, $0) }
            }
        }
        return Image.sheet(rows: rows, title: data.data, rowLabels: labels, captions: captions, scale: max(1, 128 / rows[0][0].width))
    }

    /// At most 256 pixels a side: a contact sheet shows many.
    private func small(_ image: Image) -> Image {
        let longest = max(image.width, image.height)
        return longest <= 256
            ? image : image.resized(width: max(1, image.width * 256 / longest), height: max(1, image.height * 256 / longest))
    }

    private func caption(_ episode: EpisodeFile, _ t: Int) -> String {
        guard let actions = episode.actions, t < actions.count else { return "" }
        return actions[t] < episode.actionNames.count ? episode.actionNames[actions[t]] : "\(actions[t])"
    }

    /// Up to six training episodes side by side, three a row; short ones begin again.
    private func previewAnimation(_ set: EpisodeSet) -> Animation {
        let episodes = spread(set.episodes, 6), length = min(32, episodes.map(\.frameCount).max()!)
        let frames = (0 ..< length).map { t in
            Image.sheet(episodes.map { small($0.image(t % $0.frameCount)) }, columns: 3, scale: max(1, 128 / set.width), padding: 4)
        }
        return Animation(frames: frames, framesPerSecond: set.episodes[0].framesPerSecond ?? 4)
    }

    /// `count` items spread over all. Episodes go through the rooms in turn: a step that is one longer than even
    /// steps would be gets into different rooms.
    private func spread<Item>(_ items: [Item], _ count: Int) -> [Item] {
        let count = min(count, items.count)
        let step = items.count / count + (items.count >= count * count ? 1 : 0)
        return (0 ..< count).map { items[$0 * step] }
    }
}
