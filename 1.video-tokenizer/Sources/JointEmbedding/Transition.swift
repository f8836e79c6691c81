// Transition.swift - what will the features be, after this action?
//
// Two layers on the frame's vector and the action, added to the vector: "nothing moves" is where it begins. The action is five numbers.
// They may say which way the robot goes (one of them 1, the others 0), or how the light changes (IWM, arXiv 2403.00504): the same network
// is a model of the world, or of photography.

import Layers
import Randomness
import Tensors

/// vectors [F,D], actions [F,A] -> vectors [F,D]
final class Transition: Module {
    private let input: Linear, output: Linear

    init(width: Int, actions: Int, hidden: Int = 256, using generator: inout SeededGenerator) {
        input = Linear(width + actions, hidden, using: &generator)
        output = Linear(hidden, width, gain: 0.1, using: &generator)
    }

    func callAsFunction(_ z: Tensor, _ actions: Tensor) -> Tensor {
        output(input(.concatenated([z, actions], axis: 1)).silu(), residual: z)
    }

    var tensors: [NamedTensor] { input.tensors(in: "input") + output.tensors(in: "output") }
}

/// Action numbers as rows of A numbers, one of them 1: [F] -> [F,A]
public func oneHot(_ actions: [Int], of count: Int) -> Tensor {
    Tensor(actions.flatMap { action in (0 ..< count).map { $0 == action ? 1 : 0 } }, shape: [actions.count, count])
}

/// Which action lies between two frames? (The inverse-dynamics head of PLDM and EB-JEPA, arXiv 2602.03604.)
///
/// A vector that holds only the room (its walls, its light) is easy to predict and varies from clip to clip: no other loss here minds. It
/// cannot answer this question.
final class InverseHead: Module {
    private let input: Linear, output: Linear

    init(width: Int, actions: Int, hidden: Int = 128, using generator: inout SeededGenerator) {
        input = Linear(2 * width, hidden, using: &generator)
        output = Linear(hidden, actions, using: &generator)
    }

    /// Vectors before and after, [F,D] each -> logits [F,A]
    func callAsFunction(_ before: Tensor, _ after: Tensor) -> Tensor {
        output(input(.concatenated([before, after - before], axis: 1)).silu())
    }

    var tensors: [NamedTensor] { input.tensors(in: "input") + output.tensors(in: "output") }
}
