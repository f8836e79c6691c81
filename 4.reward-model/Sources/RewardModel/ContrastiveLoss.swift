// ContrastiveLoss.swift - what should pictures and sentences learn from each other?
//
// InfoNCE (CLIP, arXiv 2103.00020, figure 3) asks of each picture: which of these B sentences is yours? One answer is right. But
// two pictures of a batch often have the same sentence, or one that is true of both; then the softmax punishes a right answer. With
// two different sentences in a batch of 64, half of all "wrong" answers are right, and nothing can get the loss below log 32 = 3.5.
//
// The sigmoid loss (SigLIP, arXiv 2303.15343, equation 1) asks of each pair alone: does this sentence fit this picture? A row may hold
// several yeses. Our grammar knows which those are.

import Captions
import Tensors

public enum ContrastiveLoss: String, CaseIterable, Codable {
    case sigmoid, infonce

    /// From the logits of B pictures with their B captions, [B,B], and which captions are true of which pictures, B·B.
    public func callAsFunction(_ logits: Tensor, fits: [Bool]) -> Tensor {
        switch self {
        case .sigmoid: sigmoidLoss(logits, fits: fits)
        case .infonce: infoNCE(logits)
        }
    }
}

/// -1/B Σ_i Σ_j log sigmoid(±logit_ij), plus where sentence j fits picture i.
public func sigmoidLoss(_ logits: Tensor, fits: [Bool]) -> Tensor {
    let b = logits.size(1)
    return logits.sigmoidCrossEntropy(Tensor(fits.map { $0 ? 1 : 0 }, shape: logits.shape)) * Float(b)
}

/// The mean of two cross-entropies: the caption of each picture among all captions, and the picture of each caption among all pictures.
public func infoNCE(_ logits: Tensor) -> Tensor {
    let own = Array(0 ..< logits.size(0))
    return (logits.crossEntropy(own) + logits.transposed().crossEntropy(own)) * 0.5
}

/// Which of the captions are true of which pictures: row by row, a picture a row.
public func fitting(_ pictures: [Facts], _ captions: [Caption]) -> [Bool] {
    pictures.flatMap { picture in captions.map { $0.claims.isTrue(of: picture) } }
}

/// How often the best caption of a row is the picture's own, and how often it is true. The two differ by the false negatives.
public func retrieval(_ logits: Tensor, fits: [Bool]) -> (own: Double, fitting: Double) {
    let best = logits.argmax(), n = Double(best.count), columns = logits.size(1)
    return (Double(best.enumerated().filter { $0 == $1 }.count) / n,
            Double(best.enumerated().filter { fits[$0 * columns + $1] }.count) / n)
}
