"""Lines of the numbered equations without a derivation: definitions, and why not.

"E1.3.2" is the second line of E1.3. Every line of every equation is either a
definition, or it is derived (``Derivation.proves``), or this module says why not.
"""

DEFINITIONS = {
    "E1.1.1": "the value function",
    "E1.1.2": "an expectation under a density, as an integral",
    "E1.4.1": "the saturating loss",
    "E1.4.3": "the non-saturating loss",
    "E1.6.3": "the Wasserstein-1 distance",
    "E2.2.1": "the recurrent network",
    "E2.3.1": "the input gate",
    "E2.3.2": "the forget gate",
    "E2.3.3": "the candidate",
    "E2.3.4": "the output gate",
    "E2.3.5": "the cell state",
    "E2.3.6": "the hidden state",
    "E2.4.1": "the ConvLSTM",
    "E2.5.1": "the expected squared error",
    "E2.6.1": "backward warping with bilinear interpolation",
    "E3.1.3": "the evidence lower bound",
    "E3.3.1": "the parabola for which both variances are compared",
    "E3.4.2": "the sigma that a beta stands for",
    "E3.5.1": "the Kullback-Leibler divergence",
    "E4.1.3": "the update of a GRU",
    "E5.1.1": "PSNR",
    "E5.1.2": "SSIM",
    "E5.3.1": "the root of a product of covariances",
}

NOT_DERIVED = {
    "E1.6.4": "D1.16 derives that no 1-Lipschitz function exceeds the cost of a "
    "transport. That some function attains it is the strong duality of linear "
    "programs, which calculus does not give; the check compares all transports with "
    "all functions of small samples.",
    "E2.4.3": "Equal functions have equal derivatives: it follows from the line "
    "above, D2.4, without a calculation.",
    "E3.3.2": "It is the derivative of the line above by the power rule.",
    "E4.2.1": "It counts the entries of the weight tensors, whose shapes define the "
    "layers. D4.2 and D4.6 add them up for two networks.",
    "E5.7.1": "It holds approximately, for large sets: the proof is the central limit "
    "theorem for the bootstrap, beyond this course. The check measures it.",
}
