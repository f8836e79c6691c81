// LabelingPage.swift - what does the page ask, and what is it told?
//
//   GET  /        the page                     GET  /frame   the first frame without a label
//   POST /frame   {"number": 3}                any frame, to look at it again
//   POST /label   {"number": 3, "reward": 0.7} how good it is, or null to take that back; the answer is the next frame without a label

import Episodes
import Foundation
import LocalPages
import RewardModel

final class LabelingPage: LocalPage {
    private var file: LabelFile
    private let episodes: EpisodeSet, frames: [ClipPlace]

    init(_ file: LabelFile, _ episodes: EpisodeSet, count: Int, seed: UInt64) {
        (self.file, self.episodes) = (file, episodes)
        frames = Array(RewardLabels.order(of: episodes, seed: seed).prefix(count))
    }

    /// A frame, and how far one has come. `reward` is what was said of it; `number` is nil when nothing is left.
    private struct Frame: Encodable {
        var number: Int?, reward: Float?
        let labeled, count: Int, picture: String?, file: String
    }

    func answer(_ method: String, _ path: String, _ body: Data) throws -> HTTPAnswer {
        switch (path, method) {
        case ("/", "GET"):
            return HTTPAnswer(Data(PackageResources.page_html), type: "text/html; charset=utf-8")
        case ("/frame", "GET"):
            return try .json(frame(nextAfter: -1))
        case ("/frame", "POST"):
            struct Question: Decodable { var number: Int }
            return try .json(frame(check(try read(Question.self, body, example: #"{"number": 3}"#).number)))
        case ("/label", "POST"):
            struct Question: Decodable { var number: Int, reward: Float? }
            let question = try read(Question.self, body, example: #"{"number": 3, "reward": 0.7}"#)
            let place = frames[try check(question.number)]
            if let reward = question.reward, !(0 ... 1).contains(reward) { throw Refusal(400, "a reward is 0 to 1, not \(reward)") }
            try file.label(place, question.reward)
            return try .json(question.reward == nil ? frame(question.number) : frame(nextAfter: question.number))
        case ("/", _): throw Refusal(405, "\(path) takes GET")
        case ("/frame", _), ("/label", _): throw Refusal(405, "\(path) takes \(path == "/label" ? "POST" : "GET or POST")")
        default: throw Refusal(404, "there is nothing at \(path.prefix(80))")
        }
    }

    private func check(_ number: Int) throws -> Int {
        guard frames.indices.contains(number) else { throw Refusal(400, "there are frames 0 to \(frames.count - 1), not \(number)") }
        return number
    }

    /// The first frame without a label behind this one; else the first of all.
    private func frame(nextAfter number: Int) throws -> Frame {
        let open = frames.indices.filter { file.labels[frames[$0]] == nil }
        return try frame(open.first { $0 > number } ?? open.first)
    }

    private func frame(_ number: Int?) throws -> Frame {
        let place = number.map { frames[$0] }
        return Frame(
            number: number, reward: place.flatMap { file.labels[$0] },
            labeled: frames.filter { file.labels[$0] != nil }.count, count: frames.count,
            picture: try place.map { try episodes.episodes[$0.episode].image($0.start).dataURL() }, file: file.url.relativePath)
    }
}
