// StateSpaceMemory.swift - Dreamer's RSSM: a state that is partly carried on and partly thrown anew, and
// that must be able to guess its own throws.
//
//   h_t = GRU([z_{t-1}, a_{t-1}], h_{t-1})      sequence model
//   z_t ~ q(z_t | h_t, x_t)                     posterior: has seen the frame
//   z_t ~ p(z_t | h_t)                          prior: has not. In a dream it stands in for the posterior
//   x_t ≈ d(h_t, z_t)                           decoder: of a frozen eye's latents, and on through the eye's own decoder where that learns
//
// The M of World Models predicts what the eye says; here the state itself is what must be predictable, and may drop what is not worth
// remembering. DreamerV3, arXiv 2301.04104, section "World model learning", equations 1 to 5; DreamerV2, arXiv 2010.02193, for the balance.

import Layers
import Randomness
import Tensors

/// A recurrent state-space model on the latents of an eye.
public final class StateSpaceMemory: StateMemory {
    public let configuration: MemoryConfiguration
    let toState: Linear, stateNorm: RMSNorm, gru: GRU
    let priorHidden: Linear, priorNorm: RMSNorm, prior: Linear
    let posteriorHidden: Linear, posteriorNorm: RMSNorm, posterior: Linear
    let decoderHidden: Linear, decoderNorm: RMSNorm, decoder: Linear

    public init(_ configuration: MemoryConfiguration, using generator: inout SeededGenerator) {
        let c = configuration, (H, E, dice) = (c.stateDimensions, c.hiddenDimensions, c.groups * c.classes)
        self.configuration = c
        toState = Linear(dice + c.actions, E, using: &generator)
        gru = GRU(E, H, using: &generator)
        priorHidden = Linear(H, E, using: &generator)
        prior = Linear(E, dice, using: &generator)
        posteriorHidden = Linear(H + c.numbers, E, using: &generator)
        posterior = Linear(E, dice, using: &generator)
        decoderHidden = Linear(H + dice, E, using: &generator)
        decoder = Linear(E, c.numbers, using: &generator)
        (stateNorm, priorNorm, posteriorNorm, decoderNorm) = (RMSNorm(E), RMSNorm(E), RMSNorm(E), RMSNorm(E))
    }

    /// A frame with nothing before it: h is what the GRU makes of zeros.
    public func beginning(with frame: Tensor, temperature: Float, using generator: inout SeededGenerator) -> MemoryState {
        seen(frame, sequence(nil, nil, batch: frame.size(0)), temperature, &generator)
    }

    public func observed(
        _ frame: Tensor, after actions: [Int], in state: MemoryState, temperature: Float, using generator: inout SeededGenerator
    ) -> MemoryState {
        seen(frame, sequence(state, actions, batch: state.batch), temperature, &generator)
    }

    public func imagined(
        after actions: [Int], in state: MemoryState, temperature: Float, using generator: inout SeededGenerator
    ) -> MemoryState {
        let h = sequence(state, actions, batch: state.batch)
        let z = guessed(h).thrown(temperature: temperature, using: &generator)
        return MemoryState(recurrent: h, drawn: z, frame: said(h, z))
    }

    /// The frame that a state stands for, as the memory would say it: normalized latents [B,D].
    func said(by state: MemoryState) -> Tensor { said(state.recurrent, state.drawn!) }
    private func said(_ h: Tensor, _ z: Tensor) -> Tensor { symexp(decoded(h, z)) }

    /// h and z, [B,H+G·C].
    public func features(of state: MemoryState) -> Tensor { .concatenated([state.recurrent, state.drawn!], axis: 1) }

    /// h_t of z_{t-1}, a_{t-1} and h_{t-1}; of zeros, where there was nothing before: [B,H].
    private func sequence(_ state: MemoryState?, _ actions: [Int]?, batch: Int) -> Tensor {
        let c = configuration
        let z = state?.drawn ?? Tensor(repeating: 0, shape: [batch, c.groups * c.classes]),
            h = state?.recurrent ?? gru.emptyState(batch: batch)
        let a = actions.map(oneHot) ?? Tensor(repeating: 0, shape: [batch, c.actions])
        let input = stateNorm(toState(.concatenated([z, a], axis: 1))).silu()
        return gru(input.reshaped([batch, 1, -1]), state: h).reshaped([batch, -1])
    }

    /// The prior's dice, from h [n,H].
    private func guessed(_ h: Tensor) -> Dice {
        Dice(prior(priorNorm(priorHidden(h)).silu()), groups: configuration.groups, evenShare: configuration.evenShare)
    }

    /// The posterior's dice, from h [n,H] and what was seen, squeezed [n,D].
    private func recognized(_ h: Tensor, _ squeezed: Tensor) -> Dice {
        Dice(posterior(posteriorNorm(posteriorHidden(.concatenated([h, squeezed], axis: 1))).silu()),
             groups: configuration.groups, evenShare: configuration.evenShare)
    }

    private func seen(_ frame: Tensor, _ h: Tensor, _ temperature: Float, _ generator: inout SeededGenerator) -> MemoryState {
        let z = recognized(h, symlog(frame)).thrown(temperature: temperature, using: &generator)
        return MemoryState(recurrent: h, drawn: z, frame: frame)
    }

    /// The frame that a state stands for, squeezed: [n,D].
    private func decoded(_ h: Tensor, _ z: Tensor) -> Tensor { decoder(decoderNorm(decoderHidden(.concatenated([h, z], axis: 1))).silu()) }

    public func loss(_ frames: Tensor, actions: [Int], using generator: inout SeededGenerator) -> (total: Tensor, parts: [String: Double]) {
        loss(frames, actions: actions, using: &generator, error: nil)
    }

    /// The same with another measure of what was said, [B·T,D] -> the error of a frame: an eye that learns too is judged by what it draws.
    func loss(
        _ frames: Tensor, actions: [Int], using generator: inout SeededGenerator, error: ((_ said: Tensor) -> Tensor)?
    ) -> (total: Tensor, parts: [String: Double]) {
        let (b, t, c) = (frames.size(0), frames.size(1), configuration), seen = symlog(frames)
        var state: MemoryState?, hs: [Tensor] = [], zs: [Tensor] = []
        for step in 0 ..< t {
            let led = step == 0 ? nil : (0 ..< b).map { actions[$0 * (t - 1) + step - 1] }
            let h = sequence(state, led, batch: b), frame = seen.sliced(axis: 1, step ..< step + 1).reshaped([b, c.numbers])
            let z = recognized(h, frame).thrown(using: &generator)
            state = MemoryState(recurrent: h, drawn: z, frame: frame)
            hs.append(h.reshaped([b, 1, -1]))
            zs.append(z.reshaped([b, 1, -1]))
        }
        // All frames together from here on, [B·T,·].
        let h = Tensor.concatenated(hs, axis: 1).reshaped([b * t, -1]), z = Tensor.concatenated(zs, axis: 1).reshaped([b * t, -1])
        let truth = seen.reshaped([b * t, c.numbers])
        let q = recognized(h, truth), p = guessed(h)
        // L_pred: squared errors of squeezed numbers, summed over a frame                         (equation 4, with equation 9 for vectors)
        let said = decoded(h, z), prediction = error?(symexp(said)) ?? said.meanSquaredError(truth) * Float(c.numbers)
        // L_dyn = max(1, KL(sg q ‖ p)): the prior learns to guess.                                                         (equation 5)
        // L_rep = max(1, KL(q ‖ sg p)): the posterior learns to be guessed, a little.
        func free(_ divergence: Tensor) -> Tensor { (divergence - c.freeNats).relu().mean() + c.freeNats }
        let guess = q.stopped.divergence(from: p), yielding = q.divergence(from: p.stopped)
        let total = prediction + free(guess) * c.priorScale + free(yielding) * c.posteriorScale
        return (total, ["prediction": Double(prediction.item), "divergence_nats": Double(guess.mean().item)])
    }

    public var tensors: [NamedTensor] {
        toState.tensors(in: "to_state") + stateNorm.tensors(in: "state_norm") + gru.tensors(in: "gru")
            + priorHidden.tensors(in: "prior_hidden") + priorNorm.tensors(in: "prior_norm") + prior.tensors(in: "prior")
            + posteriorHidden.tensors(in: "posterior_hidden") + posteriorNorm.tensors(in: "posterior_norm")
            + posterior.tensors(in: "posterior")
            + decoderHidden.tensors(in: "decoder_hidden") + decoderNorm.tensors(in: "decoder_norm") + decoder.tensors(in: "decoder")
    }
}
