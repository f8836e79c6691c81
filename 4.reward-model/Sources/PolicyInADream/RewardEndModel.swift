// RewardEndModel.swift - was that good, and is it over? Asked of two pictures and of what was done between them.
//
//   (x_t, a_t, x_{t+1}) -> r, d        DIAMOND's third network (arXiv 2405.12399, section 3.2)
//
// A dream brings pictures and nothing else. DIAMOND learns from recordings what the game would have said to them; here the scorer says it,
// who was taught by words, and "over" is: it had arrived, and stood. (DIAMOND's has an LSTM, since a game's score depends on what cannot be
// seen. Ours is in the picture.)

import Episodes
import JetBot
import Layers
import Randomness
import RewardModel
import Tensors

/// Pairs of frames [N,H,W,3] in 0...1, and N actions -> rewards and ends.
public final class RewardEndModel: Module {
    private let actions: Int, layers: PictureLayers, hidden: Linear, reward: Linear, end: Linear

    public init(imageSize: Int, channels: Int, width: Int, actions: Int, using generator: inout SeededGenerator) {
        self.actions = actions
        layers = PictureLayers(imageSize: imageSize, inputs: 6, channels: channels, using: &generator)
        hidden = Linear(layers.width + actions, width, using: &generator)
        reward = Linear(width, 1, gain: 0.1, using: &generator)
        end = Linear(width, 1, gain: 0.1, using: &generator)
    }

    /// Logits, N each: how good `after` is, and whether the story is over with it.
    func logits(_ before: Tensor, _ actions: [Int], _ after: Tensor) -> (reward: Tensor, end: Tensor) {
        let seen = layers(Tensor.concatenated([before, after], axis: 3))
        let done = RecurrentPolicy.oneHot(actions.map(Optional.some), self.actions)
        let h = hidden(Tensor.concatenated([seen, done], axis: 1)).silu()
        return (reward(h).reshaped([actions.count]), end(h).reshaped([actions.count]))
    }

    /// How good, and how likely over; 0...1, N each. Records no graph.
    public func judge(_ before: Tensor, _ actions: [Int], _ after: Tensor) -> (rewards: [Float], ends: [Float]) {
        Tensor.withoutGradients {
            let (reward, end) = logits(before, actions, after)
            return (reward.sigmoid().values, end.sigmoid().values)
        }
    }

    /// How far it is from what the scorer said of clips [B,2,H,W,3] of two frames, and from the rule for "over".
    /// - Parameters:
    ///   - scores: B·2; `actions`: B.
    public func loss(_ clips: Tensor, scores: [Float], actions: [Int]) -> Tensor {
        let B = actions.count, (before, after) = RewardEndModel.halves(clips), (reward, end) = logits(before, actions, after)
        let later = (0 ..< B).map { scores[2 * $0 + 1] }, over = RewardEndModel.ends(scores, actions).map { Float($0 ? 1 : 0) }
        return reward.sigmoidCrossEntropy(Tensor(later, shape: [B])) + end.sigmoidCrossEntropy(Tensor(over, shape: [B]))
    }

    /// How it goes with the scorer on pairs of these episodes: Spearman's rank correlation of rewards, and how well it tells the ends from
    /// the rest (area under the curve; nil where there is none of either). The episodes have actions.
    public func agreement(with scorer: any FrameScorer, on episodes: EpisodeSet) -> (reward: Double, end: Double?, ends: Int) {
        var said: (rewards: [Float], ends: [Float]) = ([], []), scores: [Float] = [], over: [Bool] = []
        for clips in episodes.clips(length: 2, batch: 64) {
            let (before, after) = RewardEndModel.halves(clips.frames), answers = judge(before, clips.actions!, after)
            said.rewards += answers.rewards
            said.ends += answers.ends
            let both = scorer.rewards(of: clips.frames.reshaped([-1] + clips.frames.shape.dropFirst(2)))
            scores += clips.actions!.indices.map { both[2 * $0 + 1] }
            over += RewardEndModel.ends(both, clips.actions!)
        }
        let count = over.filter { $0 }.count, isMixed = count > 0 && count < over.count
        return (spearman(said.rewards, scores), isMixed ? areaUnderROC(said.ends, over) : nil, count)
    }

    private static func halves(_ clips: Tensor) -> (Tensor, Tensor) {
        func frame(_ t: Int) -> Tensor { clips.sliced(axis: 1, t ..< t + 1).reshaped([clips.size(0)] + clips.shape.dropFirst(2)) }
        return (frame(0), frame(1))
    }

    private static func ends(_ scores: [Float], _ actions: [Int]) -> [Bool] {
        actions.indices.map { isOver(before: scores[2 * $0], action: actions[$0], after: scores[2 * $0 + 1]) }
    }

    public var tensors: [NamedTensor] {
        layers.tensors + hidden.tensors(in: "hidden") + reward.tensors(in: "reward") + end.tensors(in: "end")
    }
}
