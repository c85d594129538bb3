"""Ask what lesson 04 is most often misread to say; answer every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "A model reports an average content distance of 0.4; the paper's has 1.79, and "
        "lower is better. What do you ask first?",
        (
            Option(
                "Nothing: it keeps its content four times better.",
                False,
                "Perhaps. A black screen keeps it perfectly, and so does a photograph: "
                "both have a distance of 0.",
            ),
            Option(
                "How many frames show a shape, and how far it moves a step.",
                True,
                "Empty frames are left out and still ones cost nothing. Only with both "
                "numbers beside it does the distance mean that something stays *while "
                "it moves*.",
            ),
            Option(
                "For how long it was trained.",
                False,
                "A long training can end on a black screen as well. The distance even "
                "starts near 0, before any shape is there, and rises first.",
            ),
            Option(
                "Whether the clips were chosen by hand.",
                False,
                "Worth asking, of any table. But the figure can be hollow with all "
                "clips in it, and that is seen sooner.",
            ),
        ),
    ),
    Question(
        "In the paper's ablation on faces, taking the frame judge away raises the "
        "content distance from .606 to 1.073. The clip judge sees every frame too. Why "
        "does it not do?",
        (
            Option(
                "It has fewer weights than the frame judge.",
                False,
                "It has 17 times as many: 11.1 against 0.66 million.",
            ),
            Option(
                "Its logits cannot be differentiated in single frames.",
                False,
                "They can: the slope reaches every pixel of every frame.",
            ),
            Option(
                "It has all of motion to look at; whoever judges one frame has nothing "
                "but how it looks.",
                True,
                "A smeared frame within a smooth motion is a small fault of a clip and "
                "a plain one of a frame. Its own judge never lets it pass.",
            ),
            Option(
                "Nothing: two judges simply push twice as hard.",
                False,
                "Then doubling the clip judge's loss would do as well. The two differ "
                "in what they can see, not in how loud they are.",
            ),
        ),
    ),
    Question(
        "The generator's category term stands at 0.693 from step 100 on and does not "
        "move again. There are two categories. The judge heard of categories through "
        "this term alone. What happened?",
        (
            Option(
                "The generator obeys: 0.693 is the optimum.",
                False,
                "The optimum is 0, where the judge is sure of each clip's category. "
                "0.693 is log 2: it cannot tell them apart.",
            ),
            Option(
                "Nobody told the judge of real categories, and L2 shrank its head to "
                "nothing.",
                True,
                "The term moves the generator only. The head's one slope is L2, and "
                "Adam divides even the smallest slope by its own size: the weights "
                "walk to 0 at full speed, and logits of 0 say log 2.",
            ),
            Option(
                "The rate is too small for this term.",
                False,
                "The head walked to 0 within some 100 steps at that rate. It moved "
                "fast enough, the wrong way.",
            ),
            Option(
                "The generator has collapsed to one category.",
                False,
                "Then a judge that can tell categories would charge for every other "
                "clip, far more than 0.693. This one has no opinion.",
            ),
        ),
    ),
    Question(
        "Real frames are loaded in [0, 1], fakes leave a tanh in [-1, 1]. Both losses "
        "look lively at first. What do the judges learn?",
        (
            Option(
                "Shapes, at half the contrast; it only takes longer.",
                False,
                "They need no shapes: anything below 0 is a fake. Black is -1 on one "
                "side and 0 on the other.",
            ),
            Option(
                "To read the sign, which ends the game for the frames' content.",
                True,
                "The sure verdict comes from brightness. Once the generator has moved "
                "its black to 0, its clips look grey wherever [-1, 1] is shown.",
            ),
            Option(
                "Nothing: the first layer's norm takes scale and offset away.",
                False,
                "The paper's judges have no norm on their first layer, and real and "
                "fake pass in separate batches anyway: each in its own range.",
            ),
        ),
    ),
    Question(
        "A model trained on clips of 16 frames is asked for 64. What can you rely on?",
        (
            Option(
                "The content: the same numbers are handed to every frame.",
                True,
                "Frame 64 gets the content of frame 1 by construction. What the motion "
                "does from frame 17 on was never judged: look at it.",
            ),
            Option(
                "The motion: a recurrent cell learns a law that holds for ever.",
                False,
                "It learnt what 16 steps from a fresh start should look like. No judge "
                "ever saw a later state.",
            ),
            Option(
                "Nothing: the painter was built for 16 frames.",
                False,
                "The painter knows no time at all. It paints as many frames as there "
                "are latents.",
            ),
            Option(
                "That frame 17 begins the same motion anew.",
                False,
                "Only if the memory were started again. It goes on from its state and "
                "reads fresh noise.",
            ),
        ),
    ),
    Question(
        "You give the clip judge a second stream, the optical flow, by a *learnt* "
        "estimator trained inside the game. On whose side must it train?",
        (
            Option(
                "On the generator's: it should find motion that looks real.",
                False,
                "Then the easiest way to win is an estimator that says the same of "
                "every clip. The judge's second eye is put out by its opponent.",
            ),
            Option(
                "On both, since the adversarial loss is one number.",
                False,
                "It is one number that one side descends and the other climbs. A "
                "network on both sides is pulled to and fro, and serves nobody.",
            ),
            Option(
                "On the judges', or on nobody's: fixed, as least squares are.",
                True,
                "What a judge looks through belongs to the judge. A flow from slopes "
                "and sums has no weights, and still passes gradients to the frames.",
            ),
        ),
    ),
)
