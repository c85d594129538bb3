"""Ask what lesson 02 is most often misread to say; answer every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "An LSTM's memory of an old input fades more slowly than a plain RNN's. Why?",
        (
            Option(
                "It has four times the parameters.",
                False,
                "A plain RNN with twice the hidden units has about as many, and still "
                "multiplies by diag(1 - h²) U at every step.",
            ),
            Option(
                "Its sigmoids have steeper slopes than tanh.",
                False,
                "Flatter ones: at most ¼, against 1. The slope that counts goes "
                "around them, along c.",
            ),
            Option(
                "The direct step back along c multiplies by the forget gate alone, and "
                "that can stay near 1.",
                True,
                "The new is added to c, the old is only scaled. A gate at 0.95 leaves "
                "36 % after 20 steps, one at ½ a millionth: it must be open.",
            ),
            Option(
                "Its gradient cannot vanish.",
                False,
                "It can: a product of forget gates below 1 is still a product. It "
                "fades more slowly, and at a rate that is learned.",
            ),
        ),
    ),
    Question(
        "The error of the next frame is small in training, but the tenth frame of a "
        "free run is a smear. Teacher forcing and the free run differ in what?",
        (
            Option(
                "In the input: true frames in training, the model's own in use.",
                True,
                "That is exposure bias: it never saw its own mistakes, so nothing "
                "taught it to correct them, and they feed on themselves.",
            ),
            Option(
                "In the weights: they must be trained longer.",
                False,
                "Same weights in both. More training on true frames lowers the error "
                "of one step; it still shows the model no frame of its own.",
            ),
            Option(
                "In nothing: it overfits the training clips.",
                False,
                "Then one step would fail on test clips too. Measure it there, with "
                "teacher forcing, before you blame overfitting.",
            ),
        ),
    ),
    Question(
        "A ball goes left or right, as likely as not. Trained on squared error, the "
        "model shows two grey half-balls. What is wrong with it?",
        (
            Option(
                "The network is too small to draw a sharp ball.",
                False,
                "A perfect network shows the same: two half-balls are the optimum "
                "itself, not a failure to reach it.",
            ),
            Option(
                "It is stuck in a local minimum; a better optimizer would choose.",
                False,
                "Choosing costs more. For a ball of one pixel, ½ and ½ pay ½; "
                "a choice pays 0 or 2, so 1 on average.",
            ),
            Option(
                "Nothing: the mean of the futures minimises squared error. The "
                "question asked of it is wrong.",
                True,
                "Blur is the right answer to this loss. For one sharp future, sample "
                "(lessons 03 and 04), or hand over what decides between the two.",
            ),
        ),
    ),
    Question(
        "On our 1,000 test clips, squared error a frame: mean frame 248, black 342, "
        "copy-last 430. SSIM: black .61, mean frame .43. What follows?",
        (
            Option(
                "Black is the better forecast: SSIM is closer to the eye.",
                False,
                "Black shows no digit at all. Large parts of these frames are empty, "
                "and there black agrees perfectly.",
            ),
            Option(
                "No score means anything without trivial rows beside it, nor does one "
                "score alone.",
                True,
                "The two scores order black and mean frame in opposite ways. A model "
                "with SSIM .6 sounds fine until black stands in the table.",
            ),
            Option(
                "A model that beats copy-last has learned motion.",
                False,
                "Black beats it too. Copy-last pays for a moved digit twice, where it "
                "was and where it is; black pays once.",
            ),
            Option(
                "The copy-last row has a bug: the last frame must beat no frame.",
                False,
                "Where little moves, it does. Here a bright digit soon leaves its "
                "place, and a confident wrong place costs double.",
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
                "Neighbours share 19 of their 20 frames. Nearly every test frame was "
                "trained on, in another window.",
            ),
            Option(
                "One: the shared frames. Choosing trains no weight.",
                False,
                "Choosing is fitting, too: the best of many checkpoints on the test "
                "set looks better there than it is. Choose on validation clips.",
            ),
            Option(
                "One: the choice. The shuffle made the split fair.",
                False,
                "It made the leak: shuffling puts neighbours on both sides. Split by "
                "film first, then cut windows.",
            ),
            Option(
                "Two: shared frames, and a choice made on the test set.",
                True,
                "Either alone flatters the score. Three sets of films, then windows; "
                "the test set is opened once, at the end.",
            ),
        ),
    ),
    Question(
        "A causal convolution (kernel 3, dilations 1, 2, 4, 8, 16) is to name a symbol "
        "shown 64 steps ago. It guesses. What helps?",
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
                "The reach is 1 + (kernel - 1)(2^depth - 1): 63 frames at depth 5, "
                "itself included, and 127 at depth 6. Lag 64 needs 65.",
            ),
            Option(
                "More channels.",
                False,
                "Width lets it say more about the 63 frames it sees. Only kernel and "
                "depth decide how many it sees.",
            ),
            Option(
                "A forget bias of 1.",
                False,
                "There is no gate and no state to keep: what lies beyond the reach "
                "was never looked at.",
            ),
        ),
    ),
)
