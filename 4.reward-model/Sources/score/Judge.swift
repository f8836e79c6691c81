// Judge.swift - what does this command want of a scorer?
//
// More than a planner does: the difference of the cosines too. Where rewards are all 0.99 it still tells one picture from
// another.

import Foundation
import Pictures
import PublishedCLIP
import RewardModel
import Tensors

/// The reward of a picture, and the difference of the two cosines that it was made of.
struct PictureScore { var reward: Float, difference: Float }

protocol Judge {
    /// Where it is from, for the learner.
    var name: String { get }
    /// What the sigmoid is taken of.
    var formula: String { get }
    /// What the learner should know of how these sentences are read, a line each.
    func notes(on sentences: [String]) -> [String]
    func scores(of images: [Image]) -> [PictureScore]
}

/// The published CLIP.
struct PublishedJudge: Judge {
    let name: String
    private let reward: CLIPReward

    init(folder: String, positive: [String], negative: [String], scale: Float?) throws {
        name = folder
        reward = CLIPReward(try CLIPModel(folder: URL(fileURLWithPath: folder)), positive: positive, negative: negative, scale: scale)
    }

    var formula: String { String(format: "%.4g * (cosine to positive - cosine to negative)", reward.scale) }

    func notes(on sentences: [String]) -> [String] {
        sentences.filter(reward.model.isCut).map { cutNote($0, length: reward.model.configuration.textLength) }
    }

    func scores(of images: [Image]) -> [PictureScore] {
        reward.cosines(of: images).map { PictureScore(reward: reward.reward($0), difference: $0.positive - $0.negative) }
    }
}

func cutNote(_ sentence: String, length: Int) -> String {
    "a sentence is longer than the \(length) tokens that the model reads; the rest is cut: \(sentence.prefix(40))..."
}
