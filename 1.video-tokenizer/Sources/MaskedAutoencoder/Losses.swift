// Losses.swift - what does the tokenizer have to get right, and how are two losses added that know nothing of each other?
//
// Dreamer 4 adds 0.2 of LPIPS to the squared error: the distance of two pictures in the eyes of a network that was trained on photographs.
// Here is no such network, so the edges stand in for it: what LPIPS punishes first is blur, and blur is an edge that is too flat. A squared
// error forgives it. It cannot know what a shape is; that is lost.

import Layers
import Tensors

/// mean |∂(x - truth)|, along rows and along columns, of frames [.., H, W, 3] -> []: 0 where every edge is
/// as steep as in the truth, and where it is.
public func edgeError(_ frames: Tensor, _ truth: Tensor) -> Tensor {
    let error = frames - truth, (h, w) = (error.size(-3), error.size(-2))
    let across = error.sliced(axis: -2, 1 ..< w) - error.sliced(axis: -2, 0 ..< w - 1)
    let down = error.sliced(axis: -3, 1 ..< h) - error.sliced(axis: -3, 0 ..< h - 1)
    return across.absolute().mean() + down.absolute().mean()
}

/// Divides a loss by how large it has been lately: √(running mean of loss²). Every loss is then about 1, whatever it measures, from the
/// first step to the last, and the weight in front of it says what it counts (Dreamer 4, section 3: so are all its losses).
public final class RunningScale: Module {
    /// [1], the running mean of the square; 0 before the first loss. Not trained, but part of the state of training.
    public let meanSquare = Tensor(repeating: 0, shape: [1])
    private let decay: Float

    public init(decay: Float = 0.99) { self.decay = decay }

    public func callAsFunction(_ loss: Tensor) -> Tensor {
        let square = loss.item * loss.item, before = meanSquare.item
        meanSquare.pointer[0] = before == 0 ? square : decay * before + (1 - decay) * square
        return loss / max(meanSquare.item.squareRoot(), 1e-8)
    }

    public var tensors: [NamedTensor] { [("mean_square", meanSquare)] }
}
