// Overlay.swift - where in the frame was the model sure of itself, and where did it begin?

import Pictures

/// What is painted over an imagined frame, one square a token.
public enum Overlay: String, CaseIterable, Codable {
    case none, confidence, order

    /// What one sees, in a few words.
    public var caption: String {
        switch self {
        case .none: return ""
        case .confidence: return "blue: unsure"
        case .order: return "orange: filled in late"
        }
    }

    /// The overlay after this one.
    public var next: Overlay { Overlay.allCases[(Overlay.allCases.firstIndex(of: self)! + 1) % Overlay.allCases.count] }
}

extension Moment {
    /// The frame with each token's square tinted.
    public func picture(with overlay: Overlay) -> Image {
        let opacities: [Float], color: Color
        switch overlay {
        case .none: return picture
        case .confidence: (opacities, color) = (confidences.map { 0.75 * (1 - $0) }, Color(hex: 0x2038FF))
        case .order:
            let last = Float(max(1, filledAt.max() ?? 1))
            (opacities, color) = (filledAt.map { 0.75 * Float($0) / last }, Color(hex: 0xFF8A00))
        }
        guard !opacities.isEmpty else { return picture }   // the start is real: nobody filled it in
        let side = Int(Double(opacities.count).squareRoot().rounded()), patch = picture.width / side
        var painted = picture
        for y in 0 ..< side * patch {
            for x in 0 ..< side * patch { painted.blend(x, y, color, opacities[y / patch * side + x / patch]) }
        }
        return painted
    }
}
