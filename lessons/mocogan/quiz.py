"""Quiz of lesson 04: common misreadings, with an answer to every option."""

from teaching.quiz import Option, Question

QUIZ = (
    Question(
        "A model reports an average content distance of 0.4; the paper's has 1.79, and "
        "lower is better. What do you ask first?",
        (
            Option(
                "Nothing: it keeps its content four times better.",
                False,
                "Perhaps. But black clips keep their content perfectly, and so does a "
                "photograph: both have a distance of 0.",
            ),
            Option(
                "How many frames show a shape, and how far it moves a step.",
                True,
                "Empty frames are left out, and static clips have a distance of 0. "
                "Only with both numbers beside it does the distance mean that the "
                "content is constant *while it moves*.",
            ),
            Option(
                "For how long it was trained.",
                False,
                "A long training can end with black clips as well. The distance even "
                "starts near 0, before there is any shape, and rises first.",
            ),
            Option(
                "Whether the clips were chosen by hand.",
                False,
                "This is worth asking of any table. But the number can be misleading "
                "with all clips included, and that is easier to find out.",
            ),
        ),
    ),
    Question(
        "In the paper's ablation on faces, removing the image discriminator raises the "
        "content distance from .606 to 1.073. The video discriminator gets every "
        "frame, too. Why is it not enough?",
        (
            Option(
                "It has fewer parameters than the image discriminator.",
                False,
                "It has 17 times as many: 11.1 million against 0.66 million.",
            ),
            Option(
                "Its logits cannot be differentiated with respect to single frames.",
                False,
                "They can: the gradient reaches every pixel of every frame.",
            ),
            Option(
                "It can use the motion to recognize fakes; a discriminator of single "
                "frames can use their appearance only.",
                True,
                "A blurred frame within a smooth motion is a small fault of a clip and "
                "a plain one of a frame. The image discriminator penalizes it in every "
                "step.",
            ),
            Option(
                "Two discriminators simply give twice the gradient.",
                False,
                "Then doubling the video discriminator's loss would do as well. The "
                "two differ in their inputs, not in the size of their gradients.",
            ),
        ),
    ),
    Question(
        "The category loss of generated clips is 0.693 from step 100 on and does not "
        "change. There are two categories. The generator's loss is the only one with a "
        "category term. What happened?",
        (
            Option(
                "The generator has learned the categories: 0.693 is the optimum.",
                False,
                "The optimum is 0, where the discriminator predicts each clip's "
                "category with certainty. 0.693 is log 2, a uniform prediction.",
            ),
            Option(
                "The discriminator was not trained on real categories, and L2 shrank "
                "its category weights to 0.",
                True,
                "The term updates the generator only. The only gradient of the "
                "category weights is that of L2, and Adam divides even the smallest "
                "gradient by its own size: the weights shrink at the full learning "
                "rate, and logits of 0 cost log 2.",
            ),
            Option(
                "The learning rate is too small for this term.",
                False,
                "The category weights shrank to 0 within about 100 steps at that "
                "learning rate. It was large enough.",
            ),
            Option(
                "The generator has collapsed to one category.",
                False,
                "Then a discriminator that recognizes categories would give every "
                "other clip a loss far above 0.693. Here its predictions are uniform.",
            ),
        ),
    ),
    Question(
        "Real frames are loaded in [0, 1], generated frames leave a tanh in [-1, 1]. "
        "Both losses look normal at first. What do the discriminators learn?",
        (
            Option(
                "Shapes, at half the contrast; it only takes longer.",
                False,
                "They need no shapes: any frame with pixels below 0 is fake. Black is "
                "-1 on one side and 0 on the other.",
            ),
            Option(
                "The sign of the pixels, so the content of the frames is not trained.",
                True,
                "The pixels' range is enough for a certain prediction. Once the "
                "generator has moved its black to 0, its clips look grey wherever "
                "[-1, 1] is displayed.",
            ),
            Option(
                "Nothing: the norm of the first layer removes scale and offset.",
                False,
                "The paper's discriminators have no norm after their first layer, and "
                "real and fake samples are separate batches anyway: each keeps its "
                "range.",
            ),
        ),
    ),
    Question(
        "A model trained on clips of 16 frames generates 64. What can you rely on?",
        (
            Option(
                "The content: the same code is used for every frame.",
                True,
                "Frame 64 has the content code of frame 1 by construction. The motion "
                "from frame 17 on was never trained: look at it.",
            ),
            Option(
                "The motion: an RNN learns a rule that holds for any length.",
                False,
                "It was trained on 16 steps from a random initial state. No "
                "discriminator got a later frame.",
            ),
            Option(
                "Nothing: the image generator was built for 16 frames.",
                False,
                "The image generator does not know about time. It generates as many "
                "frames as there are latents.",
            ),
            Option(
                "That frame 17 starts the same motion again.",
                False,
                "Only if the RNN were reset. It continues from its state and reads new "
                "noise.",
            ),
        ),
    ),
    Question(
        "You give the video discriminator a second stream, the optical flow, by a "
        "*learned* estimator inside the training. Which optimizer should train it?",
        (
            Option(
                "The generator's: it should find motion that looks real.",
                False,
                "Then its loss is lowest for an estimator that outputs the same flow "
                "for every clip, which makes the stream useless to the discriminator.",
            ),
            Option(
                "Both, since the adversarial objective is one number.",
                False,
                "One network minimizes that number and the other maximizes it. An "
                "estimator that both train gets opposite gradients.",
            ),
            Option(
                "The discriminator's, or none: fixed, as least squares is.",
                True,
                "The estimator is a part of the discriminator. A least-squares flow "
                "has no parameters, and gradients still flow through it to the frames.",
            ),
        ),
    ),
)
