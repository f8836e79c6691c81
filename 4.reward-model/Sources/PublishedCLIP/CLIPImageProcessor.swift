// CLIPImageProcessor.swift - what must be done to a picture before the published model sees it?
//
// Exactly what was done in training, or the model sees a world that it has never seen: the shorter side resized, the square in the middle
// cut out, and each channel shifted and scaled to mean 0 and variance 1 over the training pictures. How, `preprocessor_config.json` says;
// without it, as OpenAI did. A Kong at the edge of a wide picture is cut away here: score square pictures.

import Foundation
import Pictures
import Tensors
import Training

/// Pictures of any size -> the pixels of the published models.
public struct CLIPImageProcessor {
    /// H = W of what the model takes.
    public let size: Int
    /// The shorter side after resizing; with nil both sides become `size`, whatever they were.
    var shortestEdge: Int?

    /// Over the 400 million pictures that CLIP was trained on, as published with the models: red, green, blue in 0...1.
    var means: [Float] = [0.48145466, 0.4578275, 0.40821073]
    var deviations: [Float] = [0.26862954, 0.26130258, 0.27577711]
    /// What a byte is worth.
    var rescale: Float = 1 / 255

    public init(size: Int) {
        precondition(size > 0, "pictures of \(size) pixels")
        (self.size, shortestEdge) = (size, size)
    }

    /// As a folder's `preprocessor_config.json` says, if there is one.
    /// - Throws: `TrainingError` when it is damaged, or asks for what is not done here.
    public init(size: Int, folder: URL) throws {
        self.init(size: size)
        // The newest files hold it one level deeper, under another name.
        for (name, key) in [("preprocessor_config.json", nil), ("processor_config.json", "image_processor")] {
            let url = folder.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: url.path) else { continue }
            func failure(_ problem: String) -> TrainingError {
                TrainingError("\(url.relativePath): \(problem); choose another model, or download the file again")
            }
            guard let json = try? JSONSerialization.jsonObject(with: read(url)) as? [String: Any] else {
                throw failure("not a JSON object")
            }
            guard let entries = key == nil ? json : json[key!] as? [String: Any] else { continue }
            try take(entries, failure)
            return
        }
    }

    private mutating func take(_ entries: [String: Any], _ failure: (String) -> TrainingError) throws {
        func value(_ key: String) -> Any? { entries[key] is NSNull ? nil : entries[key] }
        func flag(_ key: String) throws -> Bool {
            guard let value = value(key) else { return true }
            guard let flag = value as? Bool else { throw failure("\(key) is neither true nor false") }
            return flag
        }
        func channels(_ key: String, _ standard: [Float], _ isRight: (Float) -> Bool) throws -> [Float] {
            guard let value = value(key) else { return standard }
            guard let numbers = (value as? [NSNumber])?.map(\.floatValue), numbers.count == 3,
                numbers.allSatisfy({ $0.isFinite && isRight($0) })
            else {
                throw failure("\(key) is not three numbers, one a color")
            }
            return numbers
        }
        means = try channels("image_mean", means) { _ in true }
        deviations = try channels("image_std", deviations) { $0 > 0 }
        if try !flag("do_normalize") { (means, deviations) = ([0, 0, 0], [1, 1, 1]) }
        if let factor = value("rescale_factor") {
            guard let factor = (factor as? NSNumber)?.floatValue, factor.isFinite, factor > 0 else {
                throw failure("rescale_factor is no number above 0")
            }
            rescale = factor
        }
        if try !flag("do_rescale") { rescale = 1 }
        guard try flag("do_resize"), (value("resample") as? NSNumber)?.intValue ?? 3 == 3 else {
            throw failure("asks for pictures that are not resized, or otherwise than bicubically, which is not done here")
        }
        // A number is the shorter side, and of the square that is cut out both; an object says which.
        func sides(_ key: String) throws -> (height: Int, width: Int, shortest: Int?)? {
            switch value(key) {
            case nil: return nil
            case let number as NSNumber: return (number.intValue, number.intValue, number.intValue)
            case let object as [String: Any]:
                func side(_ key: String) -> Int? { (object[key] as? NSNumber)?.intValue }
                if let shortest = side("shortest_edge") { return (shortest, shortest, shortest) }
                if let height = side("height"), let width = side("width") { return (height, width, nil) }
                throw failure("\(key) is neither a shortest_edge nor a height and a width")
            default: throw failure("\(key) is no size")
            }
        }
        let wanted = try sides("size") ?? (size, size, size), crop = try sides("crop_size") ?? (size, size, size)
        let isCropped = try flag("do_center_crop")
        guard !isCropped || crop.height == size && crop.width == size else {
            throw failure("crop_size is \(crop.width)x\(crop.height), and config.json says that the model takes \(size)x\(size)")
        }
        if let shortest = wanted.shortest {
            guard isCropped, (size ... 16_384).contains(shortest) else {
                throw failure("pictures whose shorter side is \(shortest) are not cropped to \(size)x\(size) here")
            }
            shortestEdge = shortest
        } else {
            guard wanted.height == size, wanted.width == size else {
                throw failure("size is \(wanted.width)x\(wanted.height), and the model takes \(size)x\(size)")
            }
            shortestEdge = nil
        }
    }

    /// Pictures -> [B,3,S,S].
    public func callAsFunction(_ images: [Image]) -> Tensor {
        let result = Tensor(uninitialized: [images.count, 3, size, size]), area = size * size, isByte = rescale == 1 / 255
        for (b, image) in images.enumerated() {
            let square = square(image)
            for c in 0 ..< 3 {
                let plane = result.pointer + (b * 3 + c) * area
                for i in 0 ..< area {
                    let byte = Float(square.pixels[3 * i + c])
                    plane[i] = ((isByte ? byte / 255 : byte * rescale) - means[c]) / deviations[c]
                }
            }
        }
        return result
    }

    /// The shorter side resized, and the middle cut out.
    func square(_ image: Image) -> Image {
        guard let shortestEdge else { return image.bicubic(width: size, height: size, crop: (0, 0, size, size)) }
        let short = min(image.width, image.height)
        // Rounded down, as Python's int() does.
        let width = shortestEdge * image.width / short, height = shortestEdge * image.height / short
        return image.bicubic(width: width, height: height, crop: ((width - size) / 2, (height - size) / 2, size, size))
    }
}
