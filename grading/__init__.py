"""``course grade``: grade the notebooks of a class without trusting them.

The sandbox consists of several layers behind one interface, ``connection``. The grader
starts one process per job with the program ``fork_server`` inside bubblewrap, which
hides the file system, the network and other processes; without bubblewrap, Landlock
restricts the files. The fork server imports PyTorch once and forks a worker for each
notebook. A worker confines itself before it runs any code of a student: resource
limits, Landlock, and a seccomp filter of system calls. It is trusted with nothing. It
receives secret inputs as messages with size limits and deadlines and returns values,
which the grader compares with the reference outside of the sandbox. Points depend on
these values only; everything else that a worker reports can at most mark an answer for
review.

Reading order:

1. The command: ``command``, ``run`` (a whole run), ``results`` and ``journal`` (its
   files), ``worker_pool`` (several processes), ``limits``.
2. Submissions: ``submissions`` (files of students), ``platforms``, ``archives``,
   ``code_pages``, ``cells`` (reading a notebook), ``handed_in`` (its lesson).
3. One student: ``cases`` (exercises with secret inputs), ``grader``, ``session``,
   ``explanation`` (the advice).
4. The sandbox: ``connection``, ``wire`` (messages), ``sandbox``, ``fork_server``,
   ``confinement``, ``landlock``, ``seccomp``, ``visible_files``.
5. Inside a worker: ``worker``, ``execution``, ``program`` (static analysis),
   ``ipython_stub``, ``silent_lessons``, ``overtime``, ``remarks``.
6. Values between both: ``plain_values``, ``remote_arguments`` (modules and optimizers
   of a case), ``remote_functions`` (calls of a function or class), ``remote_modules``
   (stand-ins of modules, states after a training step).
7. The output: ``tables``, ``report``, ``feedback``, ``markup``.
"""
