// main.swift - a place to try things. Change it, then: shared/scripts/do scratch
// It is never committed. To begin again: remove this file.

import Foundation
import Layers
import Randomness
import Tensors

let x = Tensor(2).asParameter()
let w = Tensor(3).asParameter()
let y = x * w + x
let loss = (y - 5).squared()
loss.backward()
print("loss", loss, "d loss/dx", x.gradient!, "d loss/dw", w.gradient!)

// The same seed, the same numbers.
var generator = SeededGenerator(seed: 1)
let batch = Tensor.normal([2, 3, 4], standardDeviation: 1, using: &generator)
let layer = Linear(4, 5, using: &generator)
print(layer(batch).shape, layer(batch))
print(batch.reshaped([6, 4]).softmax().sum(axis: 1))
