// DINOv2.swift - what does an eye see that was trained on 142 million pictures, and on no kitchen of ours?
//
// DINOv2 (arXiv 2304.07193) learned without labels, by a student that must agree with its slow teacher about two views of a picture, and
// about patches behind a mask: the same idea as `--objective masks`, ten thousand times longer. Its patches' features tell parts of things
// apart, wherever they are. That is what DINO-WM (arXiv 2411.04983) builds a world model on: this eye stays as it is, and only the
// transition is learned (stage 3).
//
//   picture [3,H,W] -> patches of 14x14 [N,E], and a token for the whole -> + positions -> + registers -> blocks -> norm -> [1+R+N,E]

import Foundation
import Layers
import Tensors
import Training

/// A published DINOv2: pictures in, features of their patches out.
public final class DINOv2 {
    public let configuration: DINOConfiguration
    /// H = W to which frames are resized for `latents`: a multiple of the patch. The published recipe is 224; four patches a side are
    /// enough to see where a toy is, and 16 times cheaper.
    public let frameSize: Int
    private let patchEmbedding: Linear                          // 3·P·P -> E
    private let classToken: Tensor, positions: Tensor           // [1,E], [1+side²,E]
    private let registers: Tensor?                              // [R,E]
    private let blocks: [DINOBlock], norm: LayerNorm

    /// The files of a folder in Hugging Face's layout that are read.
    public static let files = ["config.json", "model.safetensors"]

    /// - Parameter patchesPerSide: of a frame, for `latents`.
    /// - Throws: `TrainingError` when a file is missing or damaged, or when they are not of one model.
    public convenience init(folder: URL, patchesPerSide: Int = 4) throws {
        try PublishedWeights.check(folder, for: DINOv2.files, of: "DINOv2")
        try self.init(
            DINOConfiguration(contentsOf: folder.appendingPathComponent("config.json")), PublishedWeights(folder: folder), patchesPerSide)
    }

    /// The same from a file of weights, whatever it is called, with `config.json` beside it.
    public convenience init(weights url: URL, patchesPerSide: Int = 4) throws {
        try self.init(DINOConfiguration(contentsOf: DINOv2.configuration(beside: url)), PublishedWeights(contentsOf: url), patchesPerSide)
    }

    private init(_ c: DINOConfiguration, _ whole: PublishedWeights, _ patchesPerSide: Int) throws {
        // A model that was saved with a classifier on top has "dinov2." in front of each name; the classifier is left alone.
        let weights = whole.hasNames(beginning: "dinov2.") ? whole.inside("dinov2") : whole
        let embeddings = weights.inside("embeddings"), E = c.width, P = c.patchSize
        patchEmbedding = Linear(weight: try embeddings.tensor("patch_embeddings.projection.weight", [E, 3, P, P]).reshaped([E, 3 * P * P]),
                                bias: try embeddings.tensor("patch_embeddings.projection.bias", [E]))
        classToken = try embeddings.tensor("cls_token", [1, 1, E]).reshaped([1, E])
        positions = try embeddings.tensor("position_embeddings", [1, 1 + c.side * c.side, E]).reshaped([1 + c.side * c.side, E])
        registers = c.registers > 0 ? try embeddings.tensor("register_tokens", [1, c.registers, E]).reshaped([c.registers, E]) : nil
        blocks = try (0 ..< c.layers).map { try DINOBlock(weights.inside("encoder.layer.\($0)"), c) }
        norm = try weights.norm("layernorm", c.width, epsilon: c.epsilon)
        (configuration, frameSize) = (c, patchesPerSide * P)
        Memory.empty()  // what putting q, k and v together has left over
    }

    /// Where the shape of a file's model is written. Our own checkpoints say it themselves.
    public static func configuration(beside weights: URL) -> URL {
        weights.deletingLastPathComponent().appendingPathComponent("config.json")
    }

    /// Pictures [B,3,H,W], shifted and scaled (`normalized`), of any H and W -> [B,1+R+N,E], before the blocks. What is left over beyond
    /// whole patches is not seen.
    func embedded(_ pixels: Tensor) -> Tensor {
        let (B, P) = (pixels.size(0), configuration.patchSize), rows = pixels.size(2) / P, columns = pixels.size(3) / P
        precondition(pixels.size(1) == 3 && rows > 0 && columns > 0, "pictures of \(pixels.shape) hold no patch of \(P)x\(P)")
        // A convolution with stride P is one linear layer on each patch: its 3·P·P pixels in the order of the weight.
        let patches = patchEmbedding(pixels.sliced(axis: 2, 0 ..< rows * P).sliced(axis: 3, 0 ..< columns * P)
            .reshaped([B, 3, rows, P, columns, P]).permuted([0, 2, 4, 1, 3, 5]).reshaped([B, rows * columns, 3 * P * P]))
        func repeated(_ rows: Tensor) -> Tensor {
            Tensor.concatenated(Array(repeating: rows, count: B), axis: 0).reshaped([B, rows.size(0), rows.size(1)])
        }
        let tokens = Tensor.concatenated([repeated(classToken), patches], axis: 1) + positions(rows: rows, columns: columns)
        guard let registers else { return tokens }
        // Registers come after positions were added, and stand nowhere.
        return .concatenated([tokens.sliced(axis: 1, 0 ..< 1), repeated(registers), tokens.sliced(axis: 1, 1 ..< tokens.size(1))], axis: 1)
    }

    /// The table of positions for a picture of rows x columns patches: [1+N,E].
    func positions(rows: Int, columns: Int) -> Tensor {
        let c = configuration
        guard rows != c.side || columns != c.side else { return positions }
        let grid = positions.sliced(axis: 0, 1 ..< positions.size(0)).reshaped([c.side, c.side, c.width])
        let resized = cubicallyResized(grid, rows: rows, columns: columns, isAntialiased: c.registers > 0)
        return .concatenated([positions.sliced(axis: 0, 0 ..< 1), resized.reshaped([rows * columns, c.width])], axis: 0)
    }

    /// Pictures [B,3,H,W] -> [B,1+R+N,E]: `last_hidden_state` of the `transformers` library. The first
    /// token stands for the whole, R for nothing.
    public func callAsFunction(_ pixels: Tensor) -> Tensor {
        Tensor.withoutGradients { norm(blocks.reduce(embedded(pixels)) { $1($0) }) }
    }

    func afterFirstBlock(_ pixels: Tensor) -> Tensor { blocks[0](embedded(pixels)) }

    /// Frames [B,T,H,W,3] in 0...1 -> features of their patches [B,T,N,E].
    public func patchFeatures(of frames: Tensor) -> Tensor {
        let (B, T) = (frames.size(0), frames.size(1)), H = frames.size(2), W = frames.size(3), count = H * W * 3
        let first = 1 + configuration.registers
        // Eight at a time: enough to fill the processor.
        let parts = stride(from: 0, to: B * T, by: 8).map { start -> Tensor in
            let pictures = (start ..< min(start + 8, B * T)).map { f -> Tensor in
                let picture = Tensor(Array(UnsafeBufferPointer(start: frames.pointer + f * count, count: count)), shape: [H, W, 3])
                return DINOv2.normalized(cubicallyResized(picture, rows: frameSize, columns: frameSize, isAntialiased: true)).reshaped([
                    1, 3,
                    frameSize, frameSize])
            }
            let tokens = self(.concatenated(pictures, axis: 0))
            return tokens.sliced(axis: 1, first ..< tokens.size(1))
        }
        return Tensor.concatenated(parts, axis: 0).reshaped([B, T, -1, configuration.width])
    }

    /// A picture [H,W,3] in 0...1 -> [3,H,W], shifted and scaled by the mean and deviation of the pictures of ImageNet, as in training.
    static func normalized(_ picture: Tensor) -> Tensor {
        let (means, deviations): ([Float], [Float]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        return ((picture - Tensor(means, shape: [3])) / Tensor(deviations, shape: [3])).permuted([2, 0, 1])
    }
}
