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
    public var latentShape: (places: Int, width: Int) { (configuration.patches, configuration.latentDimensions) }

    /// frames [B,T,H,W,3] -> quantized latents [B,T,N,Z]. Records no graph.
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
            "psnr_unseen_rooms_db": expected("2 to 3 less"),
        ]
        own.rows.add("codebook_usage", use.usage, expected: expected("above 0.9"), baseline: "\(c.vocabulary) codes")
        own.rows.add("codebook_perplexity", use.perplexity, expected: expected("above 450"), baseline: "\(c.vocabulary) if all equal")
        own.rows.add("bits_per_frame", c.bitsPerFrame, baseline: "\(c.imageSize * c.imageSize * 24) raw")
        own.pictures = [("codebook.png", useChart(use)), ("random-tokens.png", randomTokens())]
        return own
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
