// info-nce - which of these sentences is yours?
//
// CLIP's loss: each picture must find its own sentence among all B of the batch, and each sentence its picture: the mean of two
// cross-entropies, over the rows and over the columns. Read section 4 of 4.reward-model/README.md; the house's own is ContrastiveLoss.swift
// (arXiv 2103.00020, figure 3).

import Foundation

/// logits[picture][sentence], B of each, sentence i belongs to picture i -> the loss.
public func infoNCE(_ logits: [[Float]]) -> Float {
    // hole: return 0
    func crossEntropy(_ rows: [[Float]]) -> Float {
        var sum: Float = 0
        for (own, row) in rows.enumerated() {
            let largest = row.max()!
            sum += largest + logf(row.reduce(0) { $0 + expf($1 - largest) }) - row[own]
        }
        return sum / Float(rows.count)
    }
    let columns = logits.indices.map { column in logits.map { $0[column] } }
    return (crossEntropy(logits) + crossEntropy(columns)) / 2
    // end of hole
}

// hint 1: Write the cross-entropy of rows as a function, and ask it twice: for the table, and for the table with rows and columns
//         changed.
// hint 2: Row i costs ln Σ_j e^logit_ij - logit_ii. Columns: logits.indices.map { column in logits.map { $0[column] } }.
// hint 3: largest + logf(row.reduce(0) { $0 + expf($1 - largest) }) - row[own], the mean over the rows; then half of rows' plus
//         columns'.
