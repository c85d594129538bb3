"""The quiz of lesson 02: frequent misconceptions, with an answer to every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "The influence of an old input vanishes more slowly in an LSTM than in a plain "
        "RNN. Why?",
        (
            Option(
                "The LSTM has four times the parameters.",
                False,
                "A plain RNN with twice the hidden units has about as many, and its "
                "gradient is still multiplied by diag(1 - h²) U at every step.",
            ),
            Option(
                "Sigmoids have larger derivatives than tanh.",
                False,
                "They have smaller ones: at most ¼, against 1. The gradient that "
                "counts does not pass through them; it goes along c.",
            ),
            Option(
                "One step back along c multiplies the gradient by the forget gate "
                "alone, which can stay near 1.",
                True,
                "The candidate is added to c, and the old c is only scaled. A gate of "
                "0.95 leaves 36 % after 20 steps, a gate of ½ one millionth. The gate "
                "must therefore be close to 1.",
            ),
            Option(
                "Its gradient cannot vanish.",
                False,
                "It can: a product of forget gates below 1 goes to 0 too. It vanishes "
                "more slowly, at a rate that is learned.",
            ),
        ),
    ),
    Question(
        "The error of the next frame is small in training, but the tenth frame of a "
        "rollout is blurred. In what do teacher forcing and the rollout differ?",
        (
            Option(
                "In the input: true frames in training, the model's own in use.",
                True,
                "This is exposure bias. The model was never trained on its own errors, "
                "so it did not learn to correct them, and they accumulate.",
            ),
            Option(
                "In the weights: they must be trained longer.",
                False,
                "The weights are the same. More training with true frames lowers the "
                "error of one step, but the inputs are still never the model's own.",
            ),
            Option(
                "In nothing: it overfits the training clips.",
                False,
                "Then the error of one step would be large on test clips too. Measure "
                "it there with teacher forcing before you conclude overfitting.",
            ),
        ),
    ),
    Question(
        "A ball goes left or right, with equal probability. A model trained on squared "
        "error predicts two grey half-balls. What is wrong with it?",
        (
            Option(
                "The network is too small to predict a sharp ball.",
                False,
                "A perfect network predicts the same: two half-balls are the minimum "
                "of the loss, not a failure to reach it.",
            ),
            Option(
                "It is in a local minimum; a better optimizer would choose one side.",
                False,
                "To choose costs more. For a ball of one pixel, ½ and ½ cost ½; a "
                "choice costs 0 or 2, so 1 on average.",
            ),
            Option(
                "Nothing: the mean of the futures minimises squared error. The loss "
                "does not ask for a sharp frame.",
                True,
                "Blur is the minimum of this loss. For one sharp future, sample it "
                "(lessons 03 and 04), or give the model the information that decides "
                "between the two.",
            ),
        ),
    ),
    Question(
        "On our 1,000 test clips, squared error a frame: mean frame 248, black 342, "
        "copy-last 430. SSIM: black .61, mean frame .43. What follows?",
        (
            Option(
                "Black is the better prediction: SSIM is closer to perception.",
                False,
                "Black contains no digit at all. Large areas of these frames are "
                "empty, and there black is exactly right.",
            ),
            Option(
                "A score needs trivial baselines beside it, and one score alone is not "
                "enough.",
                True,
                "The two scores order black and mean frame in opposite ways. A model "
                "with SSIM .6 seems good until black is in the table.",
            ),
            Option(
                "A model that beats copy-last has learned motion.",
                False,
                "Black beats it too. Copy-last is wrong twice for a digit that moved, "
                "at its old and at its new position; black is wrong once.",
            ),
            Option(
                "The copy-last row has a bug: the last frame must beat no frame.",
                False,
                "Where little moves, it does. Here a bright digit soon leaves its "
                "position, and a bright pixel at a wrong position costs as much as a "
                "missing one.",
            ),
        ),
    ),
    Question(
        "You cut one film into windows of 20 frames, stride 1, shuffle them into train "
        "and test, and keep the checkpoint that is best on test. How many leaks?",
        (
            Option(
                "None: no window is in both sets.",
                False,
                "Neighbouring windows share 19 of their 20 frames. Nearly every test "
                "frame is in a training window too.",
            ),
            Option(
                "One: the shared frames. The choice of a checkpoint trains no weight.",
                False,
                "A choice is a fit as well: the best of many checkpoints on the test "
                "set has a score there that is too good. Choose on validation clips.",
            ),
            Option(
                "One: the choice. The shuffle made the split fair.",
                False,
                "The shuffle is the leak: it puts neighbouring windows into both sets. "
                "Split by film first, then cut windows.",
            ),
            Option(
                "Two: shared frames, and a choice made on the test set.",
                True,
                "Each alone makes the score too good. Make three sets of films, then "
                "cut windows; use the test set once, at the end.",
            ),
        ),
    ),
    Question(
        "A causal convolution (kernel 3, dilations 1, 2, 4, 8, 16) is trained to name "
        "a symbol 64 steps ago. Its accuracy stays at chance. What helps?",
        (
            Option(
                "More training: the gradient at lag 64 is small.",
                False,
                "It is not small but exactly 0: the output does not depend on that "
                "frame, however long it trains.",
            ),
            Option(
                "A sixth layer, with dilation 32.",
                True,
                "The receptive field is 1 + (kernel - 1)(2^depth - 1): 63 frames at "
                "depth 5, the present one included, and 127 at depth 6. Lag 64 needs "
                "65.",
            ),
            Option(
                "More channels.",
                False,
                "More channels can represent more of the 63 frames in the receptive "
                "field. Only kernel size and depth determine its length.",
            ),
            Option(
                "A forget bias of 1.",
                False,
                "There is no gate and no state: the network does not depend on frames "
                "outside its receptive field.",
            ),
        ),
    ),
)
