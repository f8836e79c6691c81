// VideoTokenizer+FrameAutoencoder.swift - the tokenizer as an eye among others: its latents are those of its tokens.

import Episodes
import FrameCoding
import Pictures
import Randomness
import Tensors
import Training

extension VideoTokenizer: FrameAutoencoder {
    public var imageSize: Int { configuration.imageSize }
    public var frames: Int { configuration.frames }
    public var framesPerLatent: Int { configuration.framesPerLatent }
    public var latentShape: (places: Int, width: Int) { (configuration.patches, configuration.latentDimensions) }

    /// frames [B,T,H,W,3] -> quantized latents [B,T',N,Z]. Records no graph.
    public func latents(of frames: Tensor) -> Tensor {
        Tensor.withoutGradients { quantizer(encode(frames), isTraining: false).latents }
    }

    /// The same before quantization, on the scale of the codes' latents. Records no graph.
    public func continuousLatents(of frames: Tensor) -> Tensor {
        Tensor.withoutGradients { quantizer.unrounded(encode(frames)) }
    }

    /// How the codebook is used, and what tokens say when nobody chose them.
    public func ownMeasures(on validation: EpisodeSet) throws -> OwnMeasures {
        let c = configuration
        var own = OwnMeasures(), use = CodebookUse(vocabulary: c.vocabulary)
        for clips in validation.clips(length: c.frames, batch: 4) { use.add(tokens(of: clips.frames)) }
        // What to expect is known for the default preset in the simulated kitchen.
        func expected(_ text: String) -> String { c == .standard ? text : "" }
        own.expected = [
            "psnr_db": expected("28.5 to 30"), "ssim": expected("0.8 to 0.87"), "kong_kept": expected("above 0.7"),
            "psnr_unseen_rooms_db": expected("1.5 to 3 less"),
        ]
        own.rows.add("codebook_usage", use.usage, expected: expected("above 0.9"), baseline: "\(c.vocabulary) codes")
        own.rows.add("codebook_perplexity", use.perplexity, expected: expected("above 450"), baseline: "\(c.vocabulary) if all equal")
        own.rows.add("bits_per_frame", c.bitsPerFrame, baseline: "\(c.imageSize * c.imageSize * 24) raw")
        own.pictures = [("codebook.png", useChart(use)), ("random-tokens.png", randomTokens())]
        if let sheet = attentionSheet(validation) { own.pictures.append(("attention.png", sheet)) }
        return own
    }

    /// Three patches of a frame, and whom each listens to in every block of the encoder: the paler, the less.
    private func attentionSheet(_ episodes: EpisodeSet) -> Image? {
        let c = configuration, side = c.imageSize / c.patchSize
        guard let place = episodes.places(length: 1).first else { return nil }
        let frame = episodes.clips(at: [place], length: 1).frames, cut = patches(of: frame, size: c.patchSize)      // [1,1,N,P·P·3]
        let maps = Tensor.withoutGradients {
            encoder.listening(
                patchEmbedding(tubelets(of: frame, length: c.framesPerLatent, size: c.patchSize)).reshaped([c.patches, -1]))
        }
        let asked = [(0.2, 0.5), (0.5, 0.7), (0.85, 0.3)].map { Int($0 * Double(side)) * side + Int($1 * Double(side)) }
        let rows = asked.map { patch -> [Image] in
            var marked = Image(frame, frame: 0)
            let x = patch % side * c.patchSize, y = patch / side * c.patchSize, p = c.patchSize
            for (dx, dy, width, height) in [(0, 0, p, 1), (0, p - 1, p, 1), (0, 0, 1, p), (p - 1, 0, 1, p)] {
                marked.fill(x: x + dx, y: y + dy, width: width, height: height, Color(255, 230, 0))
            }
            return [marked] + maps.map { map in
                let heard = map.sliced(axis: 0, patch ..< patch + 1).reshaped([1, 1, c.patches, 1])
                let shown = (heard / heard.values.max()! * 0.9 + 0.1).expanded(to: cut.shape)
                return Image(pixels(of: cut * shown, size: c.patchSize), frame: 0)
            }
        }
        return Image.sheet(
            rows: rows, title: "whom the marked patch listens to",
            columnLabels: ["asks"] + maps.indices.map { "block \($0 + 1)" }, scale: 2)
    }

    /// How often each code is used, most used first.
    private func useChart(_ use: CodebookUse) -> Image {
        let total = Double(use.counts.reduce(0, +))
        let shares = use.counts.sorted(by: >).map { Double($0) / total * 100 }
        return BarChart(
            title: String(format: "%.0f %% of %d codes in use, perplexity %.0f", use.usage * 100, use.counts.count, use.perplexity),
            xLabel: "codes, most used first", yLabel: "% of tokens", values: shares).image
    }

    /// Frames of random codes, and frames with one code everywhere.
    private func randomTokens() -> Image {
        let c = configuration
        var generator = SeededGenerator(seed: 1)
        func picture(_ code: (_ patch: Int) -> Int) -> Image {
            Image(frames(of: (0 ..< c.patches).map(code), batch: 1), frame: 0)
        }
        let random = (0 ..< 8).map { _ in picture { _ in generator.integer(below: c.vocabulary) } }
        let single = (0 ..< 8).map { i in picture { _ in (2 * i + 1) * c.vocabulary / 16 } }
        return Image.sheet(
            rows: [random, single], title: "what tokens decode to", rowLabels: ["random", "one code"], scale: 2)
    }
}
